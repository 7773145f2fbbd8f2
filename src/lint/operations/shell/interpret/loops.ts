import type { CompoundList, For } from "unbash";
import type { Text } from "../../../expressions/value.ts";
import { createExpander } from "../expand/words.ts";
import {
  copyOf,
  joinBranches,
  leaveBody,
  type Shell,
  unknownVariable,
  unsureCopy,
} from "../shell.ts";
import type { Execute, Run, Status } from "./run.ts";

/** Above it a loop is read once, with its variable unknown. */
const mostTurns = 64;

/** `for NAME in …`: once for each word if all are known. */
export function runFor(
  { name, wordlist, body }: For,
  shell: Shell,
  run: Run,
  execute: Execute,
): Status {
  const items = itemsOf(wordlist, shell, run);
  if (items === undefined) {
    shell.variables.set(name.value, unknownVariable(name.value));
    return repeat(body, shell, run, execute);
  }
  for (const item of items) {
    shell.variables.set(name.value, item);
    execute(body, shell, run);
    const isLeft = shell.ended === "yes" && shell.endedBy !== "continue";
    leaveBody(shell);
    if (isLeft || shell.ended !== "no") break;
  }
  return "usual";
}

/** Undefined if only a run can tell how often it turns. */
function itemsOf(
  wordlist: For["wordlist"],
  shell: Shell,
  { source }: Run,
): readonly Text[] | undefined {
  if (wordlist === undefined) return shell.arguments;
  const items = createExpander(source, shell).argumentsOf(wordlist);
  const isKnown = items.every(({ loose }) => !loose) && items.length <= mostTurns;
  return isKnown ? items.map(({ value }) => value) : undefined;
}

/** A body that runs any number of times: what it changes is unknown in it and after it. */
export function repeat(body: CompoundList, shell: Shell, run: Run, execute: Execute): Status {
  const before = unsureCopy(shell);
  const once = unsureCopy(shell);
  execute(body, once, { ...run, onCommand: () => {}, onOpaque: () => {} });
  leaveBody(once);
  joinBranches(before, [copyOf(before), once]);
  execute(body, before, run);
  leaveBody(before);
  joinBranches(shell, [copyOf(shell), before]);
  return "usual";
}
