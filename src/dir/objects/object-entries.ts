import type { ReadCache } from "../stored/read-cache.ts";
import type { Chunk, FileEntry } from "../tree/tree.ts";

/** An object is a file of this root. */
export const objectsRoot = "0/";

/** A file of a cache of objects, by its path below the saved folder. */
export interface ObjectEntry {
  readonly path: string;
  readonly entry: FileEntry;
  readonly chunks: readonly Chunk[];
}

/** Undefined if the cache is not of one folder. Links are no objects, and are left out. */
export function objectEntriesOf({
  tree,
}: Pick<ReadCache, "tree">): ReadonlyMap<string, ObjectEntry> | undefined {
  const [root] = tree.entries;
  if (tree.roots.length !== 1 || root?.kind !== "folder") return undefined;
  const all = tree.packs.flat();
  const found = new Map<string, ObjectEntry>();
  for (const entry of tree.entries) {
    if (entry.kind !== "file") continue;
    const path = entry.path.slice(objectsRoot.length);
    found.set(path, { path, entry, chunks: entry.chunks.flatMap((number) => all[number] ?? []) });
  }
  return found;
}

/** The folders that a path is in: `a` and `a/b` of `a/b/c`. */
export function foldersOf(path: string): readonly string[] {
  const names = path.split("/").slice(0, -1);
  return names.map((_, at) => names.slice(0, at + 1).join("/"));
}
