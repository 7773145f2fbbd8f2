import type { Function as FunctionNode } from "unbash";
import type { Script } from "../../model/pipeline.ts";
import {
  both,
  type Constancy,
  known,
  sameText,
  type Text,
  textOfValue,
  type Tri,
  Unknown,
} from "../../expressions/value.ts";
import { type Layer, layerOver } from "./layer.ts";
import type { ScriptSource } from "./source.ts";

/** A variable's value; a list for an array. */
export type Variable = Text | readonly Text[];

/** A shell's state while its script is read. */
export interface Shell {
  readonly variables: Layer<Variable>;
  readonly exported: Layer<true>;
  readonly functions: Layer<ShellFunction>;
  /** What was written for later steps, by file and name; without a value if only a run can tell. */
  readonly kept: Layer<Text>;
  /** `$1` and what follows. */
  arguments: readonly Text[];
  /** The working directory, relative to the repository's root. */
  folder: Text;
  /** Whether the command that is read runs. */
  runs: Tri;
  /** Whether the script has ended before it; `failed`: with an error, so the whole job has. */
  ended: "no" | "maybe" | "yes" | "failed";
  /** What ended it: `exit`, or `return`, `break` or `continue` for a function's or a loop's body. */
  endedBy: EndedBy;
  /** What a variable is that is not among them. */
  readonly others: Script["others"];
}

export type EndedBy = "exit" | "return" | "break" | "continue";

export interface ShellFunction {
  readonly node: FunctionNode;
  readonly source: ScriptSource;
}

export function isList(variable: Variable): variable is readonly Text[] {
  return Array.isArray(variable);
}

/** Whether the next command runs. */
export function runsNext({ runs, ended }: Shell): Tri {
  if (ended === "yes" || ended === "failed") return false;
  return ended === "maybe" ? both(runs, undefined) : runs;
}

/**
 * A shell that begins with the same state, such as a subshell or one branch of an `if`. The first
 * one must not change as long as the copy is used.
 */
export function copyOf(shell: Shell): Shell {
  return {
    ...shell,
    variables: shell.variables.over(),
    exported: shell.exported.over(),
    functions: shell.functions.over(),
    kept: shell.kept.over(),
  };
}

/** A shell of its own, whose changes end with it, but for what it writes. */
export function subshellOf(shell: Shell): Shell {
  return { ...copyOf(shell), kept: shell.kept };
}

/** A copy for a part that may be skipped. */
export function unsureCopy(shell: Shell): Shell {
  return { ...copyOf(shell), runs: both(shell.runs, undefined) };
}

/**
 * Continues after branches of which one was taken: copies of the shell. A branch that failed was
 * not: the job runs on.
 */
export function joinBranches(shell: Shell, all: readonly Shell[]): void {
  const branches = all.filter(({ ended }) => ended !== "failed");
  const [one] = branches;
  if (one === undefined) {
    shell.ended = "failed";
    return;
  }
  for (const [name, values] of changesIn(branches.map(({ variables }) => variables))) {
    const all = values.length < branches.length ? [...values, shell.variables.get(name)] : values;
    const isSame = all.every((value) => sameVariable(value, all[0]));
    shell.variables.set(name, isSame ? all[0] : unknownVariable(name));
  }
  for (const [name, values] of changesIn(branches.map(({ kept }) => kept))) {
    const all = values.length < branches.length ? [...values, shell.kept.get(name)] : values;
    const isSame = all.every((value) => sameVariable(value, all[0]));
    shell.kept.set(name, isSame ? all[0] : undefined);
  }
  for (const { exported } of branches) {
    for (const name of exported.changes.keys()) shell.exported.set(name, true);
  }
  for (const name of changesIn(branches.map(({ functions }) => functions)).keys()) {
    const last = branches.findLast(({ functions }) => functions.get(name) !== undefined);
    shell.functions.set(name, last?.functions.get(name));
  }
  const isSameFolder = branches.every(({ folder }) => folder.text === one.folder.text);
  shell.folder = isSameFolder ? one.folder : unknownVariable("PWD");
  const ends = new Set(branches.map(({ ended }) => ended));
  shell.ended = ends.size === 1 ? one.ended : "maybe";
  shell.endedBy = branches.find(({ ended }) => ended !== "no")?.endedBy ?? shell.endedBy;
}

/** By name, the values that it was set to. */
function changesIn<Value>(
  layers: readonly Pick<Layer<Value>, "changes">[],
): ReadonlyMap<string, readonly (Value | undefined)[]> {
  const found = new Map<string, (Value | undefined)[]>();
  for (const [name, value] of layers.flatMap(({ changes }) => [...changes])) {
    const values = found.get(name);
    if (values === undefined) found.set(name, [value]);
    else values.push(value);
  }
  return found;
}

/** Whether a copy is as it was when it was made. */
export function isAsMade(copy: Shell, of: Shell): boolean {
  const layers = [copy.variables, copy.exported, copy.functions, copy.kept];
  const isSame = layers.every(({ changes }) => changes.size === 0);
  return isSame && copy.folder === of.folder && copy.ended === of.ended;
}

/** Continues after the body of a function or of a loop, unless the script itself has ended. */
export function leaveBody(shell: Shell): void {
  if (shell.ended !== "failed" && shell.endedBy !== "exit") shell.ended = "no";
}

/** A variable whose value only a run can tell. */
export function unknownVariable(name: string, constancy: Constancy = "job"): Text {
  return textOfValue(new Unknown(`$${name}`, constancy));
}

/** The value of a variable in the environment of programs, which have no arrays. */
export function exportedValue({ variables, exported }: Shell, name: string): Text | undefined {
  const value = exported.get(name) === true ? variables.get(name) : undefined;
  return value === undefined || isList(value) ? undefined : value;
}

/** What a script that is started as a program begins with. */
export function childOf(shell: Shell, given: readonly Text[]): Shell {
  const { variables, exported } = shell;
  return {
    ...subshellOf(shell),
    variables: layerOver((name) => (exported.get(name) === true ? variables.get(name) : undefined)),
    functions: layerOver<ShellFunction>(() => undefined),
    arguments: given,
    ended: "no",
  };
}

function sameVariable(left: Variable | undefined, right: Variable | undefined): boolean {
  if (left === undefined || right === undefined || left === right) return left === right;
  const [a, b] = [isList(left) ? left : [left], isList(right) ? right : [right]];
  return (
    isList(left) === isList(right) &&
    a.length === b.length &&
    a.every((text, at) => text === b[at] || sameText(text, b[at] ?? known("")) === true)
  );
}
