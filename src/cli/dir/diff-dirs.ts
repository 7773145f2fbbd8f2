import { existsSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import { count } from "../../count.ts";
import { diffPacks } from "../../dir/diff/diff-packs.ts";
import { diffTrees } from "../../dir/diff/diff-trees.ts";
import { readPaths } from "../../dir/diff/read-paths.ts";
import { findExact, type FoundCache } from "../../dir/stored/find-cache.ts";
import { type ReadCache, readCache } from "../../dir/stored/read-cache.ts";
import { threadCrew } from "../../dir/threads/crew.ts";
import type { Tree } from "../../dir/tree/tree.ts";
import { UsageError } from "../../errors.ts";
import { formatRepository } from "../../oci/reference.ts";
import { type DirDiff, renderDirDiff } from "../../report/dir/diff-report.ts";
import { renderLeftOut } from "../../report/dir/dir-report.ts";
import { type ConfigOptions, type GlobalOptions, type Io, type QuietOptions, warn } from "../io.ts";
import { show } from "../show/show-result.ts";
import { findPaths } from "./find-paths.ts";
import { type OpenDirs, openDirs } from "./open-dirs.ts";
import { showBytes } from "./show-bytes.ts";

type Options = ConfigOptions & GlobalOptions & QuietOptions;

/** Compares a cache with another one, or with paths on this machine. Gives 1 if they differ. */
export async function diffDirs(
  template: string,
  others: readonly string[],
  options: Options,
  io: Io,
): Promise<number> {
  await using dirs = await openDirs(options, io, "read");
  const { key } = await dirs.renderKey(template, io.cwd);
  const found = await findExact(dirs.storage, key);
  if (found === undefined) {
    throw new UsageError(`there is no directory cache "${key}" in ${nameOf(dirs)}`, {
      hint: "list them with `layerkeep dir ls`",
    });
  }
  const other = await findOther(others, dirs);
  const cache = await readCache(dirs.storage, found);
  const diff =
    other === undefined
      ? await diffWithPaths(cache, others, { dirs, io })
      : await diffWithCache(cache, other, dirs);
  const isEqual = [diff.added, diff.removed, diff.changed].every(({ length }) => length === 0);
  show(io, options, { key, other: other?.key ?? null, isEqual, ...diff }, () =>
    renderDirDiff(diff),
  );
  return isEqual ? 0 : 1;
}

/** The cache that the words name; undefined if they are paths. Throws a usage error if neither. */
async function findOther(
  words: readonly string[],
  dirs: OpenDirs,
): Promise<FoundCache | undefined> {
  const [word, ...more] = words;
  if (word === undefined || more.length > 0 || isPath(word)) return undefined;
  const { key } = await dirs.renderKey(word, dirs.place.cwd);
  const found = await findExact(dirs.storage, key);
  if (found !== undefined || existsSync(resolve(dirs.place.cwd, word))) return found;
  throw new UsageError(
    `there is no directory cache "${key}" in ${nameOf(dirs)}, and no file or folder ${word}`,
    { hint: "list the caches with `layerkeep dir ls`" },
  );
}

/** Whether it can only be a path. */
function isPath(word: string): boolean {
  return isAbsolute(word) || /^\.{1,2}(?:$|[\\/])/.test(word);
}

async function diffWithCache(
  cache: ReadCache,
  other: FoundCache,
  { storage }: OpenDirs,
): Promise<DirDiff> {
  const second = await readCache(storage, other);
  return { ...diffTrees(cache.tree, second.tree), packs: diffPacks(cache.packs, second.packs) };
}

async function diffWithPaths(
  { tree }: ReadCache,
  words: readonly string[],
  { dirs, io }: { readonly dirs: OpenDirs; readonly io: Io },
): Promise<DirDiff> {
  refuseOtherNumber(tree, words);
  const paths = await findPaths(words, io.cwd, "compare");
  let progress = { read: 0, toRead: 0 };
  await using crew = threadCrew();
  const stop = showBytes(io, () => [{ verb: "read", done: progress.read, total: progress.toRead }]);
  const onProgress = (now: typeof progress): void => void (progress = now);
  const { storage, memory } = dirs;
  const request = { storage, memory, crew, other: tree, onProgress };
  const second = await readPaths(paths, request).finally(stop);
  for (const text of renderLeftOut(second.leftOut, "compared")) warn(io, text);
  return { ...diffTrees(tree, second.tree), packs: null };
}

function refuseOtherNumber({ roots }: Tree, words: readonly string[]): void {
  if (words.length === roots.length) return;
  const are = words.length === 1 ? "is" : "are";
  throw new UsageError(
    `the cache has ${count(roots.length, "path")}, and ${count(words.length, "path")} ${are} named: ${roots.join(" ")}`,
    { hint: "name as many paths as were saved, in the same order" },
  );
}

function nameOf({ storage }: OpenDirs): string {
  return formatRepository(storage.repository);
}
