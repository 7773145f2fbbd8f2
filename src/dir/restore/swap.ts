import { chmodSync, lstatSync, renameSync } from "node:fs";
import { hintForUnusable, whyUnusable } from "../../bounded-file.ts";
import { messageOf, systemCodeOf, UsageError } from "../../errors.ts";
import { exists } from "./targets.ts";

/** What is put at a target, and where what was there is kept meanwhile. */
export interface Swap {
  readonly target: string;
  /** What will be at the target. */
  readonly fresh: string;
  /** What was there. */
  readonly old: string;
}

/**
 * Puts what was prepared at all targets, or leaves all as they were. A target is missing for the
 * time of one rename.
 */
export function swapAllIn(folders: readonly Swap[]): void {
  const done: Swap[] = [];
  try {
    for (const folder of folders) {
      swapIn(folder);
      done.push(folder);
    }
  } catch (error) {
    const lost = done.reverse().filter((folder) => !swapOut(folder));
    if (lost.length === 0) throw error;
    const places = lost.map(({ target, old }) => `${target} is in ${old}`).join(", ");
    throw new UsageError(`cannot undo the restore: the previous content of ${places}`, {
      cause: error,
      hint: `the restore was undone because it failed: ${messageOf(error)}`,
    });
  }
}

function swapOut({ target, fresh, old }: Swap): boolean {
  try {
    renameSync(target, fresh);
  } catch {
    return false;
  }
  return putBack(old, target);
}

/** False if the target is missing although there is something to put back. */
export function putBack(old: string, target: string): boolean {
  if (!exists(old) || exists(target)) return true;
  try {
    renameSync(old, target);
    return true;
  } catch {
    return false;
  }
}

function swapIn({ target, fresh, old }: Swap): void {
  const before = lstatSync(target, { throwIfNoEntry: false });
  try {
    // A folder that may not be written cannot be moved into another one.
    if (before?.isDirectory() === true) chmodSync(target, before.mode | 0o700);
    if (before !== undefined) renameSync(target, old);
    renameSync(fresh, target);
  } catch (cause) {
    if (!putBack(old, target)) {
      throw new UsageError(`cannot replace ${target}: its previous content is in ${old}`, {
        cause,
      });
    }
    if (before?.isDirectory() === true) chmodSync(target, before.mode & 0o7777);
    const isMount = ["EBUSY", "EXDEV"].includes(systemCodeOf(cause) ?? "");
    const why = isMount ? "it is a mount point" : whyUnusable(cause);
    const hint = isMount ? "name a folder in it" : hintForUnusable(cause, target);
    throw new UsageError(`cannot replace ${target}: ${why}`, { cause, hint });
  }
}
