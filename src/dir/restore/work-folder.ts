import {
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { hintForUnusable, whyUnusable } from "../../bounded-file.ts";
import { systemCodeOf, UsageError } from "../../errors.ts";
import { type ProcessName, stateOf, thisProcess } from "../process-name.ts";
import { removeTree } from "./remove-tree.ts";
import { putBack, type Swap } from "./swap.ts";
import { exists } from "./targets.ts";

/** The folder in which a restore prepares what it puts at its target, beside the target. */
export interface WorkFolder extends Swap, Disposable {}

/** Two processes may both find a folder that was left behind. */
const mostTries = 5;
/** In a work folder, before the name of the process that has it. */
const holderPrefix = "holder-";
/** Beside the target, before the name of a process: a work folder that is being made. */
const makingPrefix = ".layerkeep-";
/** A restore on another machine is given up after this: no job of a CI takes longer. */
const longestRestoreMs = 6 * 3_600_000;

/**
 * Takes the work folder of a target. Throws a usage error if another restore has it. One that a
 * killed restore left is taken over: if that was killed between its last two steps, the target gets
 * back what it had.
 *
 * Both are done by one rename, which of several processes only one can do. So a folder has a holder
 * from its first moment to its last.
 */
export function takeWorkFolder(target: string): WorkFolder {
  const folder = join(dirname(target), `.${basename(target)}.layerkeep`);
  const [fresh, old] = [join(folder, "new"), join(folder, "old")];
  const holder = thisProcess();
  for (let tries = 0; tries < mostTries; tries++) {
    if (!make(folder, target, holder) && !takeOver(folder, target, holder)) continue;
    if (!putBack(old, target)) {
      throw new UsageError(`cannot put back ${target}, which a stopped restore left in ${old}`);
    }
    clear(folder);
    clearHalfMade(dirname(folder));
    return {
      ...{ target, fresh, old },
      [Symbol.dispose]: () => {
        // What was at the target is never deleted while the target is missing.
        if (!putBack(old, target)) return;
        clear(folder);
        deleteHolder(folder, holder);
      },
    };
  }
  throw isBusy(target);
}

/** False if there is one. */
function make(folder: string, target: string, holder: ProcessName): boolean {
  const made = join(dirname(folder), makingPrefix + holder);
  try {
    mkdirSync(dirname(folder), { recursive: true });
    mkdirSync(made, { mode: 0o700 });
    writeFileSync(join(made, holderPrefix + holder), "");
    renameSync(made, folder);
    return true;
  } catch (cause) {
    deleteHolder(made, holder);
    if (exists(folder)) return false;
    const why = `cannot restore to ${target}: ${whyUnusable(cause)}`;
    throw new UsageError(why, { cause, hint: hintForUnusable(cause, dirname(target)) });
  }
}

/** False if it changed meanwhile. Throws a usage error if somebody has it. */
function takeOver(folder: string, target: string, holder: ProcessName): boolean {
  const last = holderOf(folder);
  if (last === undefined) {
    // Its last holder is about to delete it.
    removeEmpty(folder);
    return false;
  }
  const [from, to] = [join(folder, holderPrefix + last), join(folder, holderPrefix + holder)];
  if (!isGivenUp(last, from)) throw isBusy(target);
  try {
    renameSync(from, to);
    utimesSync(to, new Date(), new Date());
    return true;
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") return false;
    throw error;
  }
}

function isGivenUp(holder: ProcessName, file: string): boolean {
  const state = stateOf(holder);
  if (state !== "unknown") return state === "dead";
  const since = lstatSync(file, { throwIfNoEntry: false })?.mtimeMs;
  return since !== undefined && Date.now() - since > longestRestoreMs;
}

function holderOf(folder: string): ProcessName | undefined {
  const name = namesIn(folder).find((one) => one.startsWith(holderPrefix));
  return name?.slice(holderPrefix.length);
}

/** Deletes all but the holder. What is called `old` is whole at any time. */
function clear(folder: string): void {
  const [old, deleted] = [join(folder, "old"), join(folder, "deleted")];
  removeTree(deleted);
  if (exists(old)) renameSync(old, deleted);
  removeTree(deleted);
  removeTree(join(folder, "new"));
}

/** Deletes the work folders that killed processes were making. */
function clearHalfMade(parent: string): void {
  for (const name of namesIn(parent)) {
    if (!name.startsWith(makingPrefix)) continue;
    const [path, holder] = [join(parent, name), name.slice(makingPrefix.length)];
    if (isGivenUp(holder, path)) deleteHolder(path, holder);
  }
}

/** Nothing else is deleted with it. */
function deleteHolder(folder: string, holder: ProcessName): void {
  rmSync(join(folder, holderPrefix + holder), { force: true });
  removeEmpty(folder);
}

function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Somebody else has it by now.
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function isBusy(target: string): UsageError {
  const folder = `.${basename(target)}.layerkeep`;
  return new UsageError(`another restore is writing ${target}`, {
    hint: `wait for it; if there is none, delete ${join(dirname(target), folder)}`,
  });
}
