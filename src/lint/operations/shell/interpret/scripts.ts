import { joinTexts, known, knownText, type Text } from "../../../expressions/value.ts";
import { remember } from "../../../remember.ts";
import type { SourceFile, Span } from "../../../yaml/node.ts";
import { inFolder } from "../folder.ts";
import type { Argument } from "../invocation.ts";
import { childOf, leaveBody, type Shell } from "../shell.ts";
import { parseScript } from "../source.ts";
import { deepest, type Execute, type Run, type Status } from "./run.ts";

/** Names of programs that build or move images. */
const imageProgram = /\b(?:docker|podman|buildah|buildctl|skopeo|crane|kaniko)\b/;
/** What a script is called that does. */
const imageScript = /docker|image|container|build|push|publish|release/i;

/** Whether a script mentions images, so that what cannot be read of it matters. */
export function mentionsImages(text: string): boolean {
  return imageProgram.test(text);
}

interface Place {
  readonly span: Span;
  readonly shell: Shell;
}

/** `eval`, `bash -c`: text that is a script. */
export function runEval(
  texts: readonly Text[],
  { span, shell }: Place,
  run: Run,
  execute: Execute,
): Status {
  const text = joinTexts(texts.flatMap((one, at) => (at === 0 ? [one] : [known(" "), one])));
  if (run.depth >= deepest) return "usual";
  if (/^\$\{\{ \$\w+ \}\}/.test(text.text)) {
    run.onOpaque({ span, why: "this command is only known at run time" });
    return "usual";
  }
  const source = parseScript(text, span);
  return execute(source.script, shell, { ...run, source, depth: run.depth + 1 });
}

/** `source FILE`: what it sets stays set. */
export function runSourced(
  [path, ...args]: readonly Argument[],
  shell: Shell,
  run: Run,
  execute: Execute,
): Status {
  if (path === undefined) return "usual";
  const given = shell.arguments;
  if (args.length > 0) shell.arguments = args.map(({ value }) => value);
  const status = runFile(path, shell, run, execute);
  shell.arguments = given;
  if (shell.endedBy === "return") leaveBody(shell);
  return status;
}

/** `./FILE`, `bash FILE`: a script of the repository, in a shell of its own. */
export function runChild(
  path: Argument,
  args: readonly Argument[],
  shell: Shell,
  run: Run,
  execute: Execute,
): Status {
  const child = childOf(
    shell,
    args.map(({ value }) => value),
  );
  return runFile(path, child, run, execute);
}

export function runFunction(
  name: string,
  args: readonly Argument[],
  shell: Shell,
  run: Run,
  execute: Execute,
): Status {
  const found = shell.functions.get(name);
  if (found === undefined || run.depth >= deepest) return "usual";
  const given = shell.arguments;
  shell.arguments = args.map(({ value }) => value);
  const inner = { ...run, source: found.source, depth: run.depth + 1 };
  const status = execute(found.node.body, shell, inner);
  shell.arguments = given;
  leaveBody(shell);
  return status;
}

function runFile({ value, span }: Argument, shell: Shell, run: Run, execute: Execute): Status {
  const path = knownText(inFolder(shell.folder, value));
  const file = path === undefined ? undefined : run.repository.read(path);
  if (file === undefined) {
    const why = `the script ${value.text} was not found in the repository`;
    if (imageScript.test(value.text)) run.onOpaque({ span, why });
    return "usual";
  }
  const isShell = !file.text.startsWith("#!") || /^#!.*\b(?:ba|da|k|a)?sh\b/.test(file.text);
  if (!isShell || run.depth >= deepest) return "usual";
  const source = sourceOf(file);
  const [error] = source.script.errors ?? [];
  if (error !== undefined && mentionsImages(file.text)) {
    run.onOpaque({
      span: wholeOf(file),
      why: `${file.path} is not a valid script: ${error.message}`,
    });
  }
  return execute(source.script, shell, { ...run, source, depth: run.depth + 1 });
}

/** A file that was parsed, once. */
const sourceOf = remember((file: SourceFile) => parseScript(known(file.text), wholeOf(file)));

function wholeOf(file: SourceFile): Span {
  return { file, start: 0, end: file.text.length };
}
