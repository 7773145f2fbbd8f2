import { lstatSync } from "node:fs";
import type { Digest } from "../../oci/digest.ts";
import type { Chunk, Tree } from "../tree/tree.ts";
import { type ByteName } from "../tree/tree.ts";
import { bytesOf, type FileStat } from "../tree/walk.ts";

/** What this machine knows of the files of a cache that it saved or restored before. */
export interface KnownFiles {
  readonly manifest: Digest;
  /** By path in the tree. */
  readonly files: ReadonlyMap<ByteName, KnownFile>;
}

export interface KnownFile {
  readonly stat: FileStat;
  readonly chunks: readonly Chunk[];
}

/**
 * A file that changed less than this before it was looked at may change again without another time:
 * the clock of a file system moves in steps of up to 10 ms (git has the same rule, "racy git").
 */
const clockStepMs = 50;
/** After this, what was written before is settled. */
export const settledMs = clockStepMs + 10;
/** Of file systems that keep whole seconds, or every other one. */
const coarseStepMs = 2_000;

/**
 * The files of a tree as they are now. Those that changed so shortly before `now` that a later
 * change could not be seen are left out.
 */
export function lookAtFiles(
  { entries, packs }: Tree,
  fileOf: (path: ByteName) => ByteName,
  now: number,
): ReadonlyMap<ByteName, KnownFile> {
  const chunks = packs.flat();
  const files = new Map<ByteName, KnownFile>();
  for (const entry of entries) {
    if (entry.kind !== "file") continue;
    const stat = lstatSync(bytesOf(fileOf(entry.path)), { throwIfNoEntry: false });
    if (stat === undefined || !isSettled(stat, now)) continue;
    const own = entry.chunks.flatMap((number) => chunks[number] ?? []);
    files.set(entry.path, { stat: pick(stat), chunks: own });
  }
  return files;
}

/** Whether a change after `now` would show in the file's times. */
export function isSettled({ mtimeMs, ctimeMs }: FileStat, now: number): boolean {
  const step = ctimeMs % 1000 === 0 ? coarseStepMs : clockStepMs;
  // A time in the future was set by somebody; a write would set the current one.
  const isRecent = mtimeMs >= now - step && mtimeMs <= now;
  return ctimeMs < now - step && !isRecent;
}

/** Whether it is the same file, and did not change. */
export function isUnchanged(known: FileStat, now: FileStat): boolean {
  return (
    known.size === now.size &&
    known.mtimeMs === now.mtimeMs &&
    known.ctimeMs === now.ctimeMs &&
    known.ino === now.ino
  );
}

export function pick({ size, mtimeMs, ctimeMs, ino }: FileStat): FileStat {
  return { size, mtimeMs, ctimeMs, ino };
}
