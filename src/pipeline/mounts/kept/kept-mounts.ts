import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { type Restored, restoreDirectory } from "../../../dir/restore/restore.ts";
import { saveDirectory } from "../../../dir/save/save.ts";
import { findExact, type FoundCache, type Storage } from "../../../dir/stored/find-cache.ts";
import { type ReadCache, readCache } from "../../../dir/stored/read-cache.ts";
import type { ByteName, Entry } from "../../../dir/tree/tree.ts";
import { byteName, bytesOf } from "../../../dir/tree/walk.ts";
import { threadCrew } from "../../../dir/threads/crew.ts";
import { FormatError } from "../../../errors.ts";
import type { PlannedMount } from "../../../plan/plan.ts";
import {
  type Attributes,
  keepUnusual,
  parseAttributes,
  renderAttributes,
  restoreCommands,
} from "./attributes.ts";
import { markPrefix } from "../helper/mount-commands.ts";

/*
 * A mount's directory cache is a folder with two entries: `files`, its content, and `attributes`.
 */

/** A mount's cache, as far as it is read without its files. */
export interface KeptMount extends ReadCache {
  readonly key: string;
}

export interface KeptMountOptions {
  readonly storage: Storage;
  readonly now: () => Date;
  /** A temporary folder. */
  readonly folder: string;
}

/** The nearest cache of a mount; undefined if there is none. */
export async function findKept(
  storage: Storage,
  { from }: Pick<PlannedMount, "from">,
): Promise<KeptMount | undefined> {
  for (const key of from) {
    const found = await findExact(storage, key);
    if (found !== undefined) return { key, ...(await readCache(storage, found)) };
  }
  return undefined;
}

/** The name of the empty file that marks what the cache has; undefined if it has none. */
export function markOf({ tree }: Pick<KeptMount, "tree">): string | undefined {
  const start = `${inFiles}${markPrefix}`;
  return tree.entries.find(({ path }) => path.startsWith(start))?.path.slice(inFiles.length);
}

/** Fetches a cache into a folder, with the commands that restore its attributes. */
export async function fetchKept(
  mount: PlannedMount,
  { key }: Pick<KeptMount, "key">,
  target: string,
  options: KeptMountOptions,
): Promise<{ readonly bytes: number; readonly fetched: number } | undefined> {
  const restored = await restoreTo(target, key, options);
  if (restored === undefined) return undefined;
  const commands = restoreCommands(readList(target), mount);
  writeFileSync(join(target, "restore"), commands, "latin1");
  return { bytes: restored.bytes, fetched: restored.fetched.bytes };
}

/**
 * Saves what was copied out of a mount into a folder; undefined if that is nothing. What another
 * run has added to the cache since `base` is kept, unless the mount replaces it.
 */
export async function saveKept(
  mount: PlannedMount & { readonly to: string },
  copied: string,
  { base, replaces }: { readonly base: KeptMount | undefined; readonly replaces: boolean },
  options: KeptMountOptions,
): Promise<{ readonly bytes: number; readonly sent: number; readonly now: KeptMount } | undefined> {
  const { storage, now, folder } = options;
  const files = join(copied, "files");
  if (readdirSync(files).every((name) => name.startsWith(markPrefix))) return undefined;
  const current = await findExact(storage, mount.to);
  const isOther = current !== undefined && current.manifest.digest !== base?.manifest;
  const own = keepUnusual(readList(copied), mount, (path) => modeOf(`${byteName(files)}/${path}`));
  const added = isOther && !replaces ? await addOthers(current, base, files, options) : [];
  writeFileSync(join(copied, "attributes"), renderAttributes([...own, ...added]), "latin1");
  await using crew = threadCrew();
  const saved = await saveDirectory({
    storage,
    crew,
    key: { key: mount.to, family: mount.to },
    paths: [{ name: "mount", file: copied }],
    memory: join(folder, "known"),
    now,
  });
  const found = await findExact(storage, mount.to);
  if (found === undefined) throw new FormatError(`the cache ${mount.to} was deleted meanwhile`);
  const kept = { key: mount.to, ...(await readCache(storage, found)) };
  return { bytes: saved.bytes, sent: saved.sent.bytes, now: kept };
}

const inFiles = "0/files/";

async function restoreTo(
  target: string,
  key: string,
  { storage, now, folder }: KeptMountOptions,
): Promise<Restored | undefined> {
  await using crew = threadCrew();
  const place = { cwd: folder, home: folder };
  const common = { storage, crew, now, place, memory: join(folder, "known") };
  return await restoreDirectory({ ...common, key, prefixes: [], paths: [target] });
}

/**
 * Moves the files that a cache has got since `base`, and the mount does not have, to the mount's
 * files. Returns their attributes. A damaged cache adds nothing.
 */
async function addOthers(
  current: FoundCache,
  base: KeptMount | undefined,
  files: string,
  options: KeptMountOptions,
): Promise<readonly Attributes[]> {
  const other = join(options.folder, `other-${current.tag}`);
  let tree: ReadCache["tree"];
  try {
    ({ tree } = await readCache(options.storage, current));
    await restoreTo(other, current.key, options);
  } catch (error) {
    if (error instanceof FormatError) return [];
    throw error;
  }
  const known = new Set(base?.tree.entries.map(({ path }) => path));
  const moved = new Set<string>();
  for (const entry of tree.entries) {
    if (known.has(entry.path) || !moveOne(entry, join(other, "files"), files)) continue;
    moved.add(`./${entry.path.slice(inFiles.length)}`);
  }
  return readList(other).filter(({ path }) => moved.has(path));
}

function moveOne({ path, kind }: Entry, from: string, to: string): boolean {
  const name = path.slice(inFiles.length);
  if (kind === "folder" || !path.startsWith(inFiles) || name.startsWith(markPrefix)) return false;
  const target: ByteName = `${byteName(to)}/${name}`;
  if (lstatSync(bytesOf(target), { throwIfNoEntry: false }) !== undefined) return false;
  mkdirSync(bytesOf(dirname(target)), { recursive: true });
  renameSync(bytesOf(`${byteName(from)}/${name}`), bytesOf(target));
  return true;
}

function readList(folder: string): readonly Attributes[] {
  const file = join(folder, "attributes");
  return existsSync(file) ? parseAttributes(readFileSync(file, "latin1")) : [];
}

function modeOf(path: ByteName): number | undefined {
  const stat = lstatSync(bytesOf(path), { throwIfNoEntry: false });
  return stat === undefined || stat.isSymbolicLink() ? undefined : stat.mode & 0o7777;
}
