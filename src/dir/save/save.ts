import { UsageError } from "../../errors.ts";
import { checkKey } from "../keys/key-tag.ts";
import { knownFileOf, readKnown, remember } from "../known/known-file.ts";
import { isSettled, type KnownFile } from "../known/known-files.ts";
import type { ByteName } from "../tree/tree.ts";
import { byteName, walkPaths, type Walked } from "../tree/walk.ts";
import { openBase } from "./base.ts";
import { nameTree, type Saved, storeTree, type TreeSaveOptions } from "./save-tree.ts";

/** A path to save. */
export interface SavedPath {
  /** As it was named. */
  readonly name: string;
  /** Absolute, and no link. */
  readonly file: string;
}

export interface SaveOptions extends TreeSaveOptions {
  readonly paths: readonly SavedPath[];
  /** Where it is remembered what was saved and restored. */
  readonly memory: string;
  /** Whether a cache without files may be saved. */
  readonly allowEmpty?: boolean;
}

/**
 * Saves paths under a key. What the repository has already is not sent, and files that did not
 * change since they were saved or restored here are not read. The key names the new cache only when
 * all of it is stored. Throws a usage error if there is nothing to save, or a file keeps changing.
 */
export async function saveDirectory(options: SaveOptions): Promise<Saved> {
  checkKey(options.key.key);
  const scannedAt = options.now().getTime();
  const paths = options.paths.map(({ file }) => byteName(file));
  const walked = walkPaths(paths);
  refuseEmpty(walked, options);
  const file = knownFileOf(options.memory, options.storage.repository, paths);
  const known = await readKnown(file);
  const base = await openBase(options.storage, options.key, known);
  const input = {
    roots: options.paths.map(({ name }) => name),
    walked,
    known: known?.files ?? new Map<ByteName, KnownFile>(),
  };
  const stored = await storeTree(options, input, base, () => Promise.resolve(undefined));
  const { files, saved } = stored;
  await nameTree(options, stored);
  const settled = [...files].filter(([, { stat }]) => isSettled(stat, scannedAt));
  await remember(file, { manifest: saved.manifest, files: new Map(settled) });
  return saved;
}

function refuseEmpty({ found }: Walked, { paths, allowEmpty }: SaveOptions): void {
  if (allowEmpty === true || found.some(({ kind }) => kind !== "folder")) return;
  const names = paths.map(({ name }) => name).join(", ");
  throw new UsageError(
    `nothing to save: ${names} ${paths.length === 1 ? "has" : "have"} no files`,
    {
      hint: "pass --allow-empty to save an empty cache",
    },
  );
}
