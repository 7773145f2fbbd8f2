import { knownFileOf, readKnown, remember } from "../known/known-file.ts";
import { isUnchanged, type KnownFiles, lookAtFiles, settledMs } from "../known/known-files.ts";
import { lstatSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import type { Digest } from "../../oci/digest.ts";
import { checkKey } from "../keys/key-tag.ts";
import { findCache, type Storage } from "../stored/find-cache.ts";
import { type ReadCache, readCache } from "../stored/read-cache.ts";
import { type ByteName, countTree, type FileEntry, rootOf } from "../tree/tree.ts";
import { microsecondsOf } from "../tree/times.ts";
import { byteName, bytesOf } from "../tree/walk.ts";
import type { Crew } from "../threads/crew.ts";
import { fetchFiles, isWrittenWhole } from "./fetch-files.ts";
import { finishRoots, finishStage, stageFile, stageFolders, type StageOptions } from "./stage.ts";
import { chooseTargets, pathsByName, type Place } from "./targets.ts";
import { swapAllIn } from "./swap.ts";
import { takeWorkFolder, type WorkFolder } from "./work-folder.ts";

export interface RestoreOptions {
  readonly storage: Storage;
  readonly crew: Crew;
  readonly key: string;
  /** Prefixes of other keys, if there is no cache of the key. */
  readonly prefixes: readonly string[];
  /** Where to restore to; empty: to where it was saved from. */
  readonly paths: readonly string[];
  /** The names that the paths have in a cache; those that it does not have stay as they are. */
  readonly names?: readonly string[];
  readonly place: Place;
  /** Where it is remembered what was saved and restored. */
  readonly memory: string;
  readonly owners?: boolean;
  readonly now: () => Date;
  /** Bytes of packs that were fetched so far. */
  readonly onProgress?: (fetched: number) => void;
}

/** What a restore did. */
export interface Restored {
  /** The key of the cache that was restored. */
  readonly key: string;
  readonly isExact: boolean;
  readonly manifest: Digest;
  readonly createdAt: string;
  readonly paths: readonly string[];
  readonly files: number;
  readonly bytes: number;
  /** Files that were right already. */
  readonly kept: number;
  readonly fetched: { readonly bytes: number; readonly packs: number };
}

/**
 * Restores the cache of a key, otherwise the newest with one of the prefixes; undefined if there is
 * none. Everything is prepared beside each target and put in its place at the end: if something is
 * missing or wrong, the targets stay as they are.
 */
export async function restoreDirectory(options: RestoreOptions): Promise<Restored | undefined> {
  const { storage, crew, prefixes, paths, names, place } = options;
  const found = await findCache(storage, checkKey(options.key), prefixes);
  if (found === undefined) return undefined;
  const cache = await readCache(storage, found);
  const targets = chooseTargets(
    cache.tree.roots,
    pathsByName(cache.tree.roots, paths, names),
    place,
  );
  const file = knownFileOf(options.memory, storage.repository, targets.map(byteName));
  const known = await readKnown(file);
  using folders = takeAll(targets);
  const stage = stageOf(cache, folders.all, known, options.owners === true);
  const missing = stageFolders(stage);
  const alone = missing.filter((entry) => !isWrittenWhole(entry));
  for (const entry of alone) stageFile(entry, stage);
  const fetching = { storage, crew, key: found.key, onProgress: options.onProgress };
  const fetched = await fetchFiles(cache, missing, stage.freshOf, fetching);
  storage.signal?.throwIfAborted();
  finishStage(alone, stage);
  swapAllIn(folders.all);
  finishRoots(stage);
  folders.clear();
  // Files that changed at this moment could change again without another time.
  await setTimeout(settledMs);
  const files = lookAtFiles(cache.tree, stage.targetOf, options.now().getTime());
  await remember(file, { manifest: cache.manifest, files });
  return {
    key: found.key,
    isExact: found.key === options.key,
    manifest: cache.manifest,
    createdAt: found.createdAt,
    paths: targets,
    ...countTree(cache.tree),
    kept: cache.tree.entries.filter(({ kind }) => kind === "file").length - missing.length,
    fetched,
  };
}

interface WorkFolders extends Disposable {
  readonly all: readonly WorkFolder[];
  /** Deletes what was prepared and what was replaced. */
  clear(): void;
}

/** In one order for all processes, so that two do not wait for each other. */
function takeAll(targets: readonly string[]): WorkFolders {
  const taken = new Map<string, WorkFolder>();
  const clear = (): void => {
    for (const [target, folder] of taken) {
      folder[Symbol.dispose]();
      taken.delete(target);
    }
  };
  try {
    for (const target of [...targets].sort()) taken.set(target, takeWorkFolder(target));
  } catch (error) {
    clear();
    throw error;
  }
  const all = targets.flatMap((target) => taken.get(target) ?? []);
  return { all, clear, [Symbol.dispose]: clear };
}

function stageOf(
  { tree }: ReadCache,
  folders: readonly WorkFolder[],
  known: KnownFiles | undefined,
  owners: boolean,
): StageOptions {
  const within = (places: readonly ByteName[]) => (path: ByteName) =>
    `${places[rootOf(path)] ?? ""}${path.slice(String(rootOf(path)).length)}`;
  const targetOf = within(folders.map(({ target }) => byteName(target)));
  const freshOf = within(folders.map(({ fresh }) => byteName(fresh)));
  const chunks = tree.packs.flat();
  const isRight = (entry: FileEntry): boolean => {
    const before = known?.files.get(entry.path);
    if (before === undefined || before.chunks.length !== entry.chunks.length) return false;
    const isSame = entry.chunks.every(
      (number, at) => chunks[number]?.digest === before.chunks[at]?.digest,
    );
    if (!isSame) return false;
    const stat = lstatSync(bytesOf(targetOf(entry.path)), { throwIfNoEntry: false });
    if (stat?.isFile() !== true || !isUnchanged(before.stat, stat)) return false;
    const mtime = microsecondsOf(stat.mtimeMs);
    const mask = owners ? 0o7777 : 0o777;
    return mtime === entry.mtime && (stat.mode & mask) === (entry.mode & mask);
  };
  return { tree, freshOf, targetOf, isRight, owners };
}
