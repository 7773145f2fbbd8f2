import { UsageError } from "../errors.ts";
import type { Directives } from "./dockerfile.ts";

const known = ["syntax", "escape", "check"];

/**
 * The directives of a Dockerfile (BuildKit: frontend/dockerfile/parser/directives.go): comments
 * of the form `# name=value` before anything else, each at most once. Throws a usage error for
 * one that is repeated and for an escape that is neither a backslash nor a backtick.
 */
export function readDirectives(lines: readonly string[], file: string): Directives {
  // The syntax image is looked for before the file is read as a Dockerfile, past a shebang line.
  const shebang = lines[0]?.startsWith("#!") === true;
  const syntax = directivesFrom(lines, shebang ? 1 : 0, file).get("syntax");
  const rest = directivesFrom(lines, 0, file);
  const escape = rest.get("escape");
  if (escape !== undefined && escape.value !== "\\" && escape.value !== "`") {
    throw new UsageError([
      {
        message: `the escape character cannot be "${escape.value}"`,
        hint: "it is a backslash or a backtick",
        file,
        line: escape.line,
      },
    ]);
  }
  return {
    syntax: syntax === undefined ? undefined : { ref: firstWord(syntax.value), line: syntax.line },
    escape: escape?.value === "`" ? "`" : "\\",
    check: rest.get("check")?.value,
  };
}

function directivesFrom(
  lines: readonly string[],
  first: number,
  file: string,
): ReadonlyMap<string, { readonly value: string; readonly line: number }> {
  const found = new Map<string, { readonly value: string; readonly line: number }>();
  for (let at = first; at < lines.length; at++) {
    const match = /^\s*#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$/.exec(lines[at] ?? "");
    const name = match?.[1]?.toLowerCase();
    if (name === undefined || !known.includes(name)) break;
    if (found.has(name)) {
      throw new UsageError([
        { message: `the directive ${name} is given twice`, file, line: at + 1 },
      ]);
    }
    found.set(name, { value: match?.[2] ?? "", line: at + 1 });
  }
  return found;
}

function firstWord(text: string): string {
  return text.split(" ", 1)[0] ?? text;
}
