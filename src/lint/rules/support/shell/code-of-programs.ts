import type { SyntaxNode } from "unbash";

/** Programs that run their arguments, or a part of them, as code. */
const runsArguments = /^(?:eval|ssh|su|trap|watch|sed|[gm]?awk)$/;
/** Programs that run their input as code, or what follows an option such as `-c`. */
const interpreters = /^(?:(?:ba|da|k|z)?sh|ssh|python[\d.]*|node|perl|ruby|php|pwsh|psql|mysql)$/;
const codeOption = /^(?:-\w*[cer]|--(?:eval|execute|command))$/;

/**
 * Whether a program runs the last node of a path as code, such as `x` in `bash -c "echo x"`; the
 * path has all that the node is in, the outermost first.
 */
export function isCodeAt(path: readonly SyntaxNode[]): boolean {
  return path.some((node, at) => {
    const child = path[at + 1];
    if (child === undefined) return false;
    if (node.type === "Command") return runsAsCode(namesBefore(node, child), child);
    return node.type === "Pipeline" && feedsInterpreter(node, child);
  });
}

type Command = Extract<SyntaxNode, { readonly type: "Command" }>;
type Pipeline = Extract<SyntaxNode, { readonly type: "Pipeline" }>;

/** The words of a command before one of its parts, without folders. */
function namesBefore({ name, args }: Command, part: SyntaxNode): readonly string[] {
  return [name, ...args].flatMap((word) =>
    word?.type === "Word" && word.end <= part.pos ? [baseName(word.value)] : [],
  );
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function runsAsCode(before: readonly string[], part: SyntaxNode): boolean {
  if (before.some((name) => runsArguments.test(name))) return true;
  if (!before.some((name) => interpreters.test(name))) return false;
  return part.type !== "Word" || codeOption.test(before.at(-1) ?? "");
}

function feedsInterpreter({ commands }: Pipeline, part: SyntaxNode): boolean {
  return commands.some(
    (command) =>
      command.pos > part.pos &&
      command.type === "Command" &&
      [command.name, ...command.args].some(
        (word) => word?.type === "Word" && interpreters.test(baseName(word.value)),
      ),
  );
}
