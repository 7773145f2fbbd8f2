import { UsageError } from "../../errors.ts";
import { knownFileOf, readKnown } from "../known/known-file.ts";
import { isUnchanged } from "../known/known-files.ts";
import { makeEntries, type ReadFile } from "../save/make-entries.ts";
import { readInOrder } from "../save/read-in-order.ts";
import type { SavedPath } from "../save/save.ts";
import type { Storage } from "../stored/find-cache.ts";
import type { Crew } from "../threads/crew.ts";
import { changed } from "../threads/read.ts";
import { type ByteName, type Chunk, readable, type Tree } from "../tree/tree.ts";
import { byteName, type Found, type LeftOut, walkPaths } from "../tree/walk.ts";

interface ReadOptions {
  readonly storage: Storage;
  readonly crew: Crew;
  /** Where it is remembered what was saved and restored: files that did not change are not read. */
  readonly memory: string;
  /** What they are compared with: only files of the same sizes are read. */
  readonly other: Tree;
  readonly onProgress?: (progress: { readonly read: number; readonly toRead: number }) => void;
}

/** The tree that paths would be saved as, and what would be left out. Reads, and writes nothing. */
export async function readPaths(
  saved: readonly SavedPath[],
  { storage, crew, memory, other, onProgress }: ReadOptions,
): Promise<{ readonly tree: Tree; readonly leftOut: LeftOut }> {
  const paths = saved.map(({ file }) => byteName(file));
  const { found, leftOut } = walkPaths(paths);
  const known = await readKnown(knownFileOf(memory, storage.repository, paths));
  const sizes = new Map(
    other.entries.map((entry) => [entry.path, entry.kind === "file" ? entry.size : undefined]),
  );
  const files = new Map<ByteName, ReadFile>();
  const unread = found.filter(({ kind, path, stat, identity }) => {
    if (kind !== "file") return false;
    const remembered = known?.files.get(path);
    if (remembered !== undefined && isUnchanged(remembered.stat, stat)) {
      files.set(path, remembered);
    } else if (identity === undefined && sizes.get(path) !== stat.size) {
      // It differs, whatever is in it.
      files.set(path, { stat, chunks: [] });
    }
    return !files.has(path);
  });
  const unreadable: string[] = [];
  const toRead = unread.reduce((sum, { stat }) => sum + stat.size, 0);
  let read = 0;
  const reader = {
    chunk: ({ length }: Chunk): Promise<void> => {
      read += length;
      onProgress?.({ read, toRead });
      return Promise.resolve();
    },
    done: ({ path }: Found, stat: ReadFile["stat"], chunks: ReadFile["chunks"]): void => {
      files.set(path, { stat, chunks });
    },
    failed: ({ file }: Found, why: string): void => {
      if (why === "EACCES" || why === "EPERM") unreadable.push(readable(file));
      else if (why !== "ENOENT") throw cannotRead(file, why);
    },
  };
  await readInOrder(unread, crew, reader, storage.signal);
  const packs = [[...files.values()].flatMap(({ chunks }) => chunks)];
  const roots = saved.map(({ name }) => name);
  return {
    tree: { roots, packs, entries: makeEntries(found, files, packs) },
    leftOut: { ...leftOut, unreadable: [...leftOut.unreadable, ...unreadable] },
  };
}

function cannotRead(file: ByteName, why: string): UsageError {
  if (why !== changed) return new UsageError(`cannot read ${readable(file)}: ${why}`);
  return new UsageError(`${readable(file)} changed each time it was read`, {
    hint: "compare when nothing writes to it",
  });
}
