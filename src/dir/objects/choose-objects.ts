import { microsecondsOf } from "../tree/times.ts";
import { foldersOf, type ObjectEntry } from "./object-entries.ts";

/** An object to save. */
export interface SavedObject {
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  /** When it was written or last used. */
  readonly mtimeMs: number;
  /** Undefined: it is stored already. */
  readonly file?: string | undefined;
}

/** An object that is kept: in a file, or as it is stored. */
export interface KeptObject {
  readonly path: string;
  readonly size: number;
  /** Microseconds since 1970. */
  readonly mtime: number;
  readonly content: { readonly file: string } | { readonly stored: ObjectEntry };
}

type Entries = ReadonlyMap<string, ObjectEntry>;

/**
 * What a new cache has: our objects, and those that another job added or changed since ours were
 * opened. If they are too many, those are left out that were not used for the longest time.
 */
export function chooseObjects({
  objects,
  before,
  others,
  mostBytes,
}: {
  readonly objects: readonly SavedObject[];
  /** What was stored when our objects were opened. */
  readonly before: Entries;
  /** What another job stored since; empty if none did. */
  readonly others: Entries;
  readonly mostBytes: number;
}): readonly KeptObject[] {
  const ours = objects.flatMap(({ path, size, mtimeMs, file }): KeptObject[] => {
    const stored = before.get(path);
    const mtime = microsecondsOf(mtimeMs);
    if (file !== undefined) return [{ path, size, mtime, content: { file } }];
    return stored === undefined ? [] : [{ path, size, mtime, content: { stored } }];
  });
  const newest = [...ours, ...theirsBeside(ours, before, others)].sort(
    (a, b) => b.mtime - a.mtime || (a.path < b.path ? -1 : 1),
  );
  let bytes = 0;
  return newest.filter(({ size }) => (bytes += size) <= mostBytes);
}

function theirsBeside(
  ours: readonly KeptObject[],
  before: Entries,
  others: Entries,
): readonly KeptObject[] {
  const paths = new Set(ours.map(({ path }) => path));
  const folders = new Set(ours.flatMap(({ path }) => foldersOf(path)));
  return (
    [...others.values()]
      .filter(({ path }) => !paths.has(path) && !folders.has(path))
      .filter(({ path }) => !foldersOf(path).some((folder) => paths.has(folder)))
      // What they did not change and we do not have was dropped or deleted here.
      .filter((other) => !isSame(before.get(other.path), other))
      .map(keptOf)
  );
}

function keptOf(stored: ObjectEntry): KeptObject {
  const { path, entry } = stored;
  return { path, size: entry.size, mtime: entry.mtime, content: { stored } };
}

function isSame(a: ObjectEntry | undefined, b: ObjectEntry): boolean {
  if (a?.chunks.length !== b.chunks.length) return false;
  return a.chunks.every(({ digest }, at) => digest === b.chunks[at]?.digest);
}
