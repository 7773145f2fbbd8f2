import { chmodSync, lstatSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { hintForUnusable, whyUnusable } from "../../bounded-file.ts";
import { messageOf, systemCodeOf, UsageError } from "../../errors.ts";
import { removeTree } from "./remove-tree.ts";
import { exists } from "./targets.ts";

/** The folder in which a restore prepares what it puts at its target, beside the target. */
export interface WorkFolder extends Disposable {
  readonly target: string;
  /** What will be at the target. */
  readonly fresh: string;
  /** What was there, for a moment. */
  readonly old: string;
}

interface Holder {
  readonly pid: number;
  readonly host: string;
}

/** Two processes may both find a folder that was left behind. */
const mostTries = 5;
const newMs = 10_000;

/**
 * Takes the work folder of a target. Throws a usage error if another restore has it. What a killed
 * restore left is cleared away first; if it was killed between its last two steps, the target gets
 * back what it had.
 */
export function takeWorkFolder(target: string): WorkFolder {
  const folder = join(dirname(target), `.${basename(target)}.layerkeep`);
  const holder: Holder = { pid: process.pid, host: hostname() };
  for (let tries = 0; tries < mostTries; tries++) {
    if (make(folder, target, holder)) {
      return {
        target,
        fresh: join(folder, "new"),
        old: join(folder, "old"),
        // What was at the target is never deleted while the target is missing.
        [Symbol.dispose]: () => {
          if (putBack(join(folder, "old"), target)) removeTree(folder);
        },
      };
    }
    clearAbandoned(folder, target);
  }
  throw isBusy(target);
}

/**
 * Puts what was prepared at all targets, or leaves all as they were. A target is missing for the
 * time of one rename.
 */
export function swapAllIn(folders: readonly WorkFolder[]): void {
  const done: WorkFolder[] = [];
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

function swapOut({ target, fresh, old }: WorkFolder): boolean {
  try {
    renameSync(target, fresh);
  } catch {
    return false;
  }
  return putBack(old, target);
}

/** False if the target is missing although there is something to put back. */
function putBack(old: string, target: string): boolean {
  if (!exists(old) || exists(target)) return true;
  try {
    renameSync(old, target);
    return true;
  } catch {
    return false;
  }
}

function swapIn({ target, fresh, old }: WorkFolder): void {
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

function make(folder: string, target: string, holder: Holder): boolean {
  try {
    mkdirSync(dirname(folder), { recursive: true });
    mkdirSync(folder, { mode: 0o700 });
    writeFileSync(join(folder, "holder.json"), JSON.stringify(holder));
    return true;
  } catch (cause) {
    if (systemCodeOf(cause) === "EEXIST" && exists(folder)) return false;
    const why = `cannot restore to ${target}: ${whyUnusable(cause)}`;
    throw new UsageError(why, { cause, hint: hintForUnusable(cause, dirname(target)) });
  }
}

function clearAbandoned(folder: string, target: string): void {
  const holder = readHolder(folder);
  const isHeld = holder === undefined ? isNew(folder) : isAlive(holder);
  if (isHeld) throw isBusy(target);
  const abandoned = `${folder}-${process.pid}`;
  try {
    // Of several that clear it away, one renames it.
    renameSync(folder, abandoned);
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") return;
    throw error;
  }
  const old = join(abandoned, "old");
  if (!putBack(old, target)) {
    throw new UsageError(`cannot put back ${target}, which a stopped restore left in ${old}`);
  }
  removeTree(abandoned);
}

/** Whether somebody may have made it just now, and is about to write who it is. */
function isNew(folder: string): boolean {
  const made = lstatSync(folder, { throwIfNoEntry: false });
  return made !== undefined && Date.now() - made.mtimeMs < newMs;
}

/** Undefined if it was killed before it wrote it. */
function readHolder(folder: string): Holder | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(join(folder, "holder.json"), "utf8"));
    if (typeof value !== "object" || value === null) return undefined;
    if (!("pid" in value && "host" in value)) return undefined;
    const { pid, host } = value;
    return typeof pid === "number" && typeof host === "string" ? { pid, host } : undefined;
  } catch {
    return undefined;
  }
}

/** Of a process on another machine it is not known: a folder on a network is held until deleted. */
function isAlive({ pid, host }: Holder): boolean {
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCodeOf(error) === "EPERM";
  }
}

function isBusy(target: string): UsageError {
  const folder = `.${basename(target)}.layerkeep`;
  return new UsageError(`another restore is writing ${target}`, {
    hint: `wait for it; if there is none, delete ${join(dirname(target), folder)}`,
  });
}
