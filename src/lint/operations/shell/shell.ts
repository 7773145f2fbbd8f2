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
import type { ScriptSource } from "./source.ts";

/** A variable's value; a list for an array. */
export type Variable = Text | readonly Text[];

/** A shell's state while its script is read. */
export interface Shell {
  readonly variables: Map<string, Variable>;
  readonly exported: Set<string>;
  readonly functions: Map<string, ShellFunction>;
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

interface ShellFunction {
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

/** A shell that begins with the same state, such as a subshell or one branch of an `if`. */
export function copyOf(shell: Shell): Shell {
  return {
    ...shell,
    variables: new Map(shell.variables),
    exported: new Set(shell.exported),
    functions: new Map(shell.functions),
  };
}

/** A copy for a part that may be skipped. */
export function unsureCopy(shell: Shell): Shell {
  return { ...copyOf(shell), runs: both(shell.runs, undefined) };
}

/** Continues after branches of which one was taken. A branch that failed was not: the job runs on. */
export function joinBranches(shell: Shell, all: readonly Shell[]): void {
  const branches = all.filter(({ ended }) => ended !== "failed");
  const [one] = branches;
  if (one === undefined) {
    shell.ended = "failed";
    return;
  }
  for (const [name, value] of one.variables) {
    const isSame = branches.every(({ variables }) => sameVariable(variables.get(name), value));
    const joined = isSame ? value : unknownVariable(name);
    if (shell.variables.get(name) !== joined) shell.variables.set(name, joined);
  }
  for (const branch of branches) {
    for (const name of branch.variables.keys()) {
      if (!one.variables.has(name)) shell.variables.set(name, unknownVariable(name));
    }
    for (const name of branch.exported) shell.exported.add(name);
    for (const [name, found] of branch.functions) shell.functions.set(name, found);
  }
  const isSameFolder = branches.every(({ folder }) => folder.text === one.folder.text);
  shell.folder = isSameFolder ? one.folder : unknownVariable("PWD");
  const ends = new Set(branches.map(({ ended }) => ended));
  shell.ended = ends.size === 1 ? one.ended : "maybe";
  shell.endedBy = branches.find(({ ended }) => ended !== "no")?.endedBy ?? shell.endedBy;
}

/** Continues after the body of a function or of a loop, unless the script itself has ended. */
export function leaveBody(shell: Shell): void {
  if (shell.ended !== "failed" && shell.endedBy !== "exit") shell.ended = "no";
}

/** A variable whose value only a run can tell. */
export function unknownVariable(name: string, constancy: Constancy = "job"): Text {
  return textOfValue(new Unknown(`$${name}`, constancy));
}

/** What a script that is started as a program begins with. */
export function childOf(shell: Shell, given: readonly Text[]): Shell {
  const inherited = [...shell.variables].filter(([name]) => shell.exported.has(name));
  return {
    ...copyOf(shell),
    variables: new Map(inherited),
    functions: new Map(),
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
