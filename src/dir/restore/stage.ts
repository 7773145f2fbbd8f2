import {
  chmodSync,
  chownSync,
  closeSync,
  ftruncateSync,
  lchownSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  openSync,
  symlinkSync,
  utimesSync,
} from "node:fs";
import { hintForUnusable, whyUnusable } from "../../bounded-file.ts";
import { systemCodeOf, UsageError } from "../../errors.ts";
import { type ByteName, type Entry, type FileEntry, readable, type Tree } from "../tree/tree.ts";
import { secondsOf } from "../tree/times.ts";
import { bytesOf } from "../tree/walk.ts";
import { sameName } from "./same-name.ts";

export interface StageOptions {
  readonly tree: Tree;
  /** Where an entry is prepared. */
  readonly freshOf: (path: ByteName) => ByteName;
  /** Where the target has it. */
  readonly targetOf: (path: ByteName) => ByteName;
  /** Whether the target's file is right as it is. */
  readonly isRight: (entry: FileEntry) => boolean;
  /** Whether owners, setuid and setgid bits are restored. */
  readonly owners: boolean;
}

/** What of a mode is always restored. */
const plainMode = 0o777;

/**
 * Makes the folders of a tree, and the files that are right already. Returns the others.
 *
 * Everything is made in folders that were made here and that no other user can write, no link is
 * made before all files are written, and nothing that exists is opened. So whatever names a tree
 * has, and whichever of them are one name for this file system, nothing is written elsewhere.
 */
export function stageFolders(options: StageOptions): readonly FileEntry[] {
  const { tree, freshOf, targetOf, isRight } = options;
  const missing: FileEntry[] = [];
  for (const entry of tree.entries) {
    if (entry.kind === "folder")
      making(entry, () => mkdirSync(bytesOf(freshOf(entry.path)), 0o700));
    if (entry.kind !== "file") continue;
    const isKept = isRight(entry) && isLinked(targetOf(entry.path), freshOf(entry.path));
    if (!isKept) missing.push(entry);
  }
  return missing;
}

/** Makes a file whose bytes come piece by piece, or that has none. */
export function stageFile(entry: FileEntry, { freshOf }: StageOptions): void {
  making(entry, () => {
    const opened = openSync(bytesOf(freshOf(entry.path)), "wx", 0o600);
    try {
      ftruncateSync(opened, entry.size);
    } finally {
      closeSync(opened);
    }
  });
}

/** Makes links, and sets modes, times and owners, when the files are written. */
export function finishStage(written: readonly FileEntry[], options: StageOptions): void {
  const { tree, freshOf, owners } = options;
  for (const entry of tree.entries) {
    if (entry.kind !== "hardlink") continue;
    making(entry, () => linkSync(bytesOf(freshOf(entry.to)), bytesOf(freshOf(entry.path))));
  }
  for (const entry of tree.entries) {
    if (entry.kind !== "symlink") continue;
    making(entry, () => {
      const file = bytesOf(freshOf(entry.path));
      symlinkSync(bytesOf(entry.target), file);
      if (owners) lchownSync(file, entry.uid, entry.gid);
      lutimesSync(file, secondsOf(entry.mtime), secondsOf(entry.mtime));
    });
  }
  const files = owners ? tree.entries.filter((entry) => entry.kind === "file") : written;
  for (const entry of files) finish(entry, options);
  const folders = tree.entries.filter(({ kind }) => kind === "folder");
  // A folder's time changes when something is made in it.
  for (const entry of folders.reverse()) finish(entry, options);
}

function finish(entry: Entry, { freshOf, owners }: StageOptions): void {
  making(entry, () => {
    const file = bytesOf(freshOf(entry.path));
    if (owners) chownSync(file, entry.uid, entry.gid);
    // A root folder that may not be written cannot be renamed: `finishRoots` does it.
    const isRoot = !entry.path.includes("/") && entry.kind === "folder";
    const mode = entry.mode & (owners ? 0o7777 : plainMode);
    chmodSync(file, isRoot ? mode | 0o700 : mode);
    utimesSync(file, secondsOf(entry.mtime), secondsOf(entry.mtime));
  });
}

/** Sets the modes of the saved paths themselves, when they are at their targets. */
export function finishRoots({ tree, targetOf, owners }: StageOptions): void {
  for (const entry of tree.entries) {
    if (entry.path.includes("/") || entry.kind !== "folder") continue;
    const mode = entry.mode & (owners ? 0o7777 : plainMode);
    making(entry, () => chmodSync(bytesOf(targetOf(entry.path)), mode));
  }
}

/** A second name for the file that is there; false if the file system does not do that. */
function isLinked(from: ByteName, to: ByteName): boolean {
  try {
    linkSync(bytesOf(from), bytesOf(to));
    return true;
  } catch {
    return false;
  }
}

function making(entry: Entry, make: () => void): void {
  try {
    make();
  } catch (cause) {
    throw cannotMake(entry.path, cause);
  }
}

/** Why something of a cache cannot be made here. */
function cannotMake(path: ByteName, cause: unknown): UsageError {
  const name = readable(path.slice(path.indexOf("/") + 1));
  const code = systemCodeOf(cause);
  if (code === "EEXIST") return sameName(name, cause);
  const hint = code === "EPERM" ? "run without --owners, or as root" : hintForUnusable(cause, name);
  return new UsageError(`cannot restore ${name}: ${whyUnusable(cause)}`, { cause, hint });
}
