import { FormatError, UsageError } from "../../errors.ts";
import { type Base, baseOf, openBase } from "../save/base.ts";
import { nameTree, type Saved, storeTree, type TreeSaveOptions } from "../save/save-tree.ts";
import { findExact } from "../stored/find-cache.ts";
import { readable } from "../tree/tree.ts";
import type { Found } from "../tree/walk.ts";
import { chooseObjects, type KeptObject, type SavedObject } from "./choose-objects.ts";
import { makeWalked } from "./make-walked.ts";
import { objectsRoot } from "./object-entries.ts";
import { StoredObjects, type StoredObjectsOptions } from "./stored-objects.ts";

export interface SaveObjectsOptions extends TreeSaveOptions {
  /** All that is to be kept; what has no file is in the cache that was opened. */
  readonly objects: readonly SavedObject[];
  /** The cache that the objects are from; undefined if there was none. */
  readonly opened: StoredObjects | undefined;
  /** How that cache was opened. */
  readonly source: StoredObjectsOptions;
  /** For all objects. */
  readonly mostObjectBytes: number;
}

/**
 * Saves objects under a key. Those that are stored already stay in the packs that have them, without
 * being fetched. What another job saved under the key meanwhile is kept too.
 */
export async function saveObjects(options: SaveObjectsOptions): Promise<Saved> {
  const { storage, key, opened, source, mostObjectBytes: mostBytes } = options;
  const objects = options.objects.filter(
    ({ path, file }) => file !== undefined || opened?.isLost(path) === false,
  );
  const newer = await openNewer(options);
  const before = opened?.entries ?? new Map();
  const others = newer?.entries ?? new Map();
  const kept = chooseObjects({ objects, before, others, mostBytes });
  const { walked, known } = makeWalked(kept, source.folder);
  const caches = [opened, newer].filter((cache) => cache !== undefined);
  const provide = (files: readonly Found[]): Promise<void> => bring(files, kept, caches);
  const open = (): Promise<Base | undefined> =>
    caches.length === 0
      ? openBase(storage, key, undefined)
      : baseOf(
          storage,
          caches.map(({ cache }) => cache),
        );
  const input = { roots: ["objects"], walked, known, byTime: true, provide };
  const stored = await storeTree(options, input, await open(), open);
  await nameTree(options, stored);
  return stored.saved;
}

/** The cache of the key, if it is not the one that was opened. A damaged one is as good as none. */
async function openNewer({
  storage,
  key: { key },
  opened,
  source,
}: SaveObjectsOptions): Promise<StoredObjects | undefined> {
  const found = await findExact(storage, key);
  if (found === undefined || found.manifest.digest === opened?.cache.manifest) return undefined;
  try {
    return await StoredObjects.read(found, source);
  } catch (error) {
    if (error instanceof FormatError || error instanceof UsageError) return undefined;
    throw error;
  }
}

/** Fetches objects that have to be packed again. One that cannot be had is not saved. */
async function bring(
  files: readonly Found[],
  kept: readonly KeptObject[],
  caches: readonly StoredObjects[],
): Promise<void> {
  const contents = new Map(kept.map(({ path, content }) => [path, content]));
  for (const { path, file, stat } of files) {
    const name = path.slice(objectsRoot.length);
    const content = contents.get(name);
    if (content === undefined || "file" in content) continue;
    const from = caches.find(({ entries }) => entries.get(name) === content.stored);
    await from?.copyTo(name, readable(file), stat.mtimeMs);
  }
}
