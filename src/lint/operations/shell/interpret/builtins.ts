import { known, knownText, partOf, type Text } from "../../../expressions/value.ts";
import type { Span } from "../../../yaml/node.ts";
import { inFolder } from "../folder.ts";
import type { Argument } from "../invocation.ts";
import { type EndedBy, type Shell, unknownVariable } from "../shell.ts";
import { testHolds } from "./conditions.ts";
import type { Execute, Run, Status } from "./run.ts";
import { runEval, runSourced } from "./scripts.ts";

interface Call {
  readonly span: Span;
  readonly run: Run;
  readonly execute: Execute;
}

type Builtin = (args: readonly Argument[], shell: Shell, call: Call) => Status;

const changeFolder: Builtin = (args, shell) => {
  const to = args.find(({ value }) => !/^-[LPe@]$/.test(value.text));
  const isKnown = to !== undefined && to.value.text !== "-" && !to.loose;
  shell.folder = isKnown ? inFolder(shell.folder, to.value) : unknownVariable("PWD");
  return "usual";
};

const declare: Builtin = (args, shell) => assign(args, shell, false);

const forget: Builtin = (args, shell) => {
  for (const { value } of args) {
    if (/^\w+$/.test(value.text)) shell.variables.set(value.text, unknownVariable(value.text));
  }
  return undefined;
};

/** The shell's own commands that change its state. */
export const builtins: Readonly<Record<string, Builtin>> = {
  ":": () => true,
  true: () => true,
  false: () => false,
  test: (args) => testHolds(textsOf(args)),
  "[": (args) => testHolds(textsOf(args).slice(0, -1)),
  cd: changeFolder,
  pushd: changeFolder,
  popd: (_, shell) => {
    shell.folder = unknownVariable("PWD");
    return "usual";
  },
  export: (args, shell) => assign(args, shell, true),
  declare,
  local: declare,
  readonly: declare,
  typeset: declare,
  getopts: forget,
  mapfile: forget,
  read: forget,
  readarray: forget,
  unset: (args, shell) => {
    for (const { value } of args) shell.variables.set(value.text, known(""));
    return "usual";
  },
  set: (args, shell) => {
    const from = args.findIndex(({ value }) => value.text === "--");
    if (from >= 0) shell.arguments = textsOf(args.slice(from + 1));
    return "usual";
  },
  shift: (args, shell) => {
    shell.arguments = shell.arguments.slice(Number(knownText(args[0]?.value) ?? 1));
    return "usual";
  },
  exit: (args, shell) => end(shell, "exit", args),
  return: (args, shell) => end(shell, "return", args),
  break: (_, shell) => end(shell, "break"),
  continue: (_, shell) => end(shell, "continue"),
  eval: (args, shell, { span, run, execute }) =>
    runEval(textsOf(args), { span, shell }, run, execute),
  ".": (args, shell, { run, execute }) => runSourced(args, shell, run, execute),
  source: (args, shell, { run, execute }) => runSourced(args, shell, run, execute),
};

/** `export NAME=value`, `export NAME`. */
function assign(args: readonly Argument[], shell: Shell, isExport: boolean): Status {
  const exports = isExport || args.some(({ value }) => /^-\w*x/.test(value.text));
  for (const { value } of args) {
    const [, name, equals, text = ""] = /^(\w+)(\+?=)?([^]*)$/.exec(value.text) ?? [];
    if (name === undefined) continue;
    if (equals !== undefined) shell.variables.set(name, partOf(value, text));
    if (exports) shell.exported.set(name, true);
  }
  return "usual";
}

/** With an error, the job ends too; what follows was then not to be run. */
function end(shell: Shell, by: EndedBy, [code]: readonly Argument[] = []): Status {
  const isFailure = by === "exit" && /^[1-9]\d*$/.test(code?.value.text ?? "0");
  shell.ended = isFailure ? "failed" : "yes";
  shell.endedBy = by;
  return "usual";
}

function textsOf(args: readonly Argument[]): readonly Text[] {
  return args.map(({ value }) => value);
}
