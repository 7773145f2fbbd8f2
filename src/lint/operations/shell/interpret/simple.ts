import type { ArrayValue, Assignment, Command, Word } from "unbash";
import { joinTexts, known, type Text } from "../../../expressions/value.ts";
import { createExpander, type Expander } from "../expand/words.ts";
import type { Argument } from "../invocation.ts";
import {
  isList,
  runsNext,
  type Shell,
  subshellOf,
  unknownVariable,
  type Variable,
} from "../shell.ts";
import { builtins } from "./builtins.ts";
import { runProgram } from "./programs.ts";
import { runFunction } from "./scripts.ts";
import type { Execute, Run, Status } from "./run.ts";
import { keepPrinted, keptFileOf } from "./written.ts";

/** A command without structure: assignments, or a program or builtin with its arguments. */
export function runSimple(command: Command, shell: Shell, run: Run, execute: Execute): Status {
  const { name, prefix, args } = command;
  const { source } = run;
  const expander = createExpander(source, shell);
  const assignments = prefix.filter((one) => one.type === "Assignment");
  if (name === undefined) {
    for (const assignment of assignments) assign(assignment, shell, expander);
    return "usual";
  }
  const file = keptFileOf(command.redirects, expander, run.printsTo);
  if (file !== undefined) keepPrinted(command, file, expander, shell);
  const own = assignments.length === 0 ? shell : withOwn(assignments, shell, expander);
  const words = [name, ...args].flatMap((word) => argumentsOf(word, expander, run));
  const [first, ...rest] = words;
  if (first === undefined) return "usual";
  const text = first.value.text;
  const builtin = Object.hasOwn(builtins, text) ? builtins[text] : undefined;
  const span = source.spanOf(command.pos, command.end);
  if (shell.functions.get(text) !== undefined) return runFunction(text, rest, own, run, execute);
  if (builtin !== undefined) return builtin(rest, own, { span, run, execute });
  return runProgram({ words, span, shell: { ...own, runs: runsNext(own) } }, run, execute);
}

/** A command's own assignments last as long as it, and are exported to it. */
function withOwn(assignments: readonly Assignment[], shell: Shell, expander: Expander): Shell {
  const own = subshellOf(shell);
  for (const assignment of assignments) {
    assign(assignment, own, expander);
    own.exported.set(assignment.name, true);
  }
  return own;
}

function assign(
  { name, value, append, index }: Assignment,
  shell: Shell,
  expander: Expander,
): void {
  const given = bounded(name, valueOf(value, expander));
  const before = shell.variables.get(name);
  if (index !== undefined) shell.variables.set(name, undefined);
  else if (append !== true || before === undefined) shell.variables.set(name, given);
  else shell.variables.set(name, bounded(name, appended(before, given)));
}

/** A script can double a value in each turn of a loop. */
function bounded(name: string, value: Variable): Variable {
  const size = isList(value) ? value.length : value.text.length + value.unknown.length;
  return size > largestValue ? unknownVariable(name) : value;
}

const largestValue = 100_000;

function appended(before: Variable, given: Variable): Variable {
  if (isList(before)) return [...before, ...(isList(given) ? given : [given])];
  return isList(given) ? [before, ...given] : joinTexts([before, given]);
}

function valueOf(value: Word | ArrayValue, expander: Expander): Variable {
  if (value.type === "Word") return expander.textOf(value);
  return expander.argumentsOf(value.elements).map((argument) => argument.value);
}

/** `export NAME=value` has assignments among its arguments. */
function argumentsOf(
  word: Word | Assignment,
  expander: Expander,
  { source }: Run,
): readonly Argument[] {
  if (word.type === "Word") return expander.argumentsOf([word]);
  const value = valueOf(word.value, expander);
  const text: Text = isList(value) ? (value[0] ?? known("")) : value;
  const sign = word.append === true ? "+=" : "=";
  return [
    {
      value: joinTexts([known(`${word.name}${sign}`), text]),
      span: source.spanOf(word.pos, word.end),
      loose: false,
    },
  ];
}
