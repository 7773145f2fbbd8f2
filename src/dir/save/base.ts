import { FormatError } from "../../errors.ts";
import type { KnownFiles } from "../known/known-files.ts";
import type { RenderedKey } from "../keys/key-template.ts";
import type { Digest } from "../../oci/digest.ts";
import type { Descriptor } from "../../oci/manifest.ts";
import { mediaTypes } from "../../oci/media-types.ts";
import { findExact, type FoundCache, listCaches, type Storage } from "../stored/find-cache.ts";
import { missingPacks, type ReadCache, readCache } from "../stored/read-cache.ts";
import type { Chunk, Tree } from "../tree/tree.ts";

/** Packs that a new cache can use. */
export interface Base {
  readonly packs: readonly Descriptor[];
  /** The chunks of each. */
  readonly lists: Tree["packs"];
  /** Numbers of packs that the repository does not have any more. */
  readonly missing: ReadonlySet<number>;
}

/**
 * The cache of the key itself, else the one that was restored or saved here last, else the newest
 * with the key's unchanging part. One that is damaged is as good as none.
 */
export async function openBase(
  storage: Storage,
  { key, family }: RenderedKey,
  known: KnownFiles | undefined,
): Promise<Base | undefined> {
  const exact = await findExact(storage, key);
  if (exact !== undefined) {
    const base = await open(storage, exact);
    if (base !== undefined) return base;
  }
  if (known !== undefined) {
    const manifest = { mediaType: mediaTypes.ociManifest, digest: known.manifest, size: 0 };
    const base = await open(storage, { key, manifest });
    if (base !== undefined) return base;
  }
  const [newest] = await listCaches(storage, family);
  return newest === undefined ? undefined : open(storage, newest);
}

async function open(
  storage: Storage,
  cache: Pick<FoundCache, "key" | "manifest">,
): Promise<Base | undefined> {
  try {
    return await baseOf(storage, [await readCache(storage, cache)]);
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

/** The packs of some caches, each once. */
export async function baseOf(storage: Storage, caches: readonly ReadCache[]): Promise<Base> {
  const all = new Map<Digest, { readonly pack: Descriptor; readonly list: readonly Chunk[] }>();
  for (const { packs, tree } of caches) {
    for (const [number, pack] of packs.entries()) {
      const list = tree.packs[number] ?? [];
      if (!all.has(pack.digest)) all.set(pack.digest, { pack, list });
    }
  }
  const packs = [...all.values()].map(({ pack }) => pack);
  const lists = [...all.values()].map(({ list }) => list);
  return { packs, lists, missing: await missingPacks(storage, packs) };
}
