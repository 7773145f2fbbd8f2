import type { AndOr, Case, CompoundList, If } from "unbash";
import type { Tri } from "../../../expressions/value.ts";
import { createExpander } from "../expand/words.ts";
import { copyOf, isAsMade, joinBranches, type Shell, unsureCopy } from "../shell.ts";
import { matchesPattern } from "./conditions.ts";
import type { Execute, Run, Status } from "./run.ts";

/** `a && b || c`. */
export function runAndOr(
  { commands, operators }: AndOr,
  shell: Shell,
  run: Run,
  execute: Execute,
): Status {
  let status: Status = true;
  for (const [at, command] of commands.entries()) {
    const operator = operators[at - 1];
    const goesOn = operator === undefined ? true : continues(operator, status);
    if (goesOn === true) status = execute(command, shell, run);
    if (goesOn !== undefined) continue;
    const branch = unsureCopy(shell);
    const inBranch = execute(command, branch, run);
    joinBranches(shell, [branch, copyOf(shell)]);
    // `docker pull x || true` succeeds.
    status = operator === "||" && inBranch === true ? true : undefined;
  }
  return status;
}

function continues(operator: "&&" | "||", status: Status): Tri {
  if (operator === "&&") return status === "usual" ? true : status;
  return status === "usual" || status === undefined ? undefined : !status;
}

export function runIf(node: If, shell: Shell, run: Run, execute: Execute): Status {
  const branches = [node, ...node.elif].map(({ clause, then }) => ({
    takes: (state: Shell) => decided(execute(clause, state, run)),
    body: then,
  }));
  return choose(branches, node.else, { shell, run, execute });
}

export function runCase({ word, items }: Case, shell: Shell, run: Run, execute: Execute): Status {
  const { textOf } = createExpander(run.source, shell);
  const value = textOf(word);
  const branches = items.map(({ pattern, body }) => ({
    takes: (): Tri => {
      const matches = pattern.map((one) => matchesPattern(value, textOf(one)));
      if (matches.includes(true)) return true;
      return matches.includes(undefined) ? undefined : false;
    },
    body,
  }));
  return choose(branches, undefined, { shell, run, execute });
}

interface Branch {
  readonly takes: (state: Shell) => Tri;
  readonly body: CompoundList;
}

/** Runs the first branch that is taken, or each that may be. */
function choose(
  branches: readonly Branch[],
  otherwise: CompoundList | undefined,
  { shell, run, execute }: { readonly shell: Shell; readonly run: Run; readonly execute: Execute },
): Status {
  const forks: { readonly from: Shell; readonly taken: Shell[] }[] = [];
  let rest = shell;
  let last = otherwise;
  for (const { takes, body } of branches) {
    const status = takes(rest);
    if (status === false) continue;
    if (status === true) {
      last = body;
      break;
    }
    const taken = unsureCopy(rest);
    execute(body, taken, run);
    const fork = forks.at(-1);
    if (fork !== undefined && isAsMade(rest, fork.from)) fork.taken.push(taken);
    else {
      forks.push({ from: rest, taken: [taken] });
      rest = unsureCopy(rest);
    }
  }
  if (last !== undefined) execute(last, rest, run);
  for (const { from, taken } of forks.reverse()) {
    joinBranches(from, [...taken, rest]);
    rest = from;
  }
  return "usual";
}

function decided(status: Status): Tri {
  return status === "usual" ? undefined : status;
}
