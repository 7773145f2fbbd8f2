import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { FormatError, RegistryError } from "../../errors.ts";
import type { Digest } from "../../oci/digest.ts";
import type { Descriptor } from "../../oci/manifest.ts";
import { createLimit } from "../../registry/transport/pace/limit.ts";
import { compressionOf } from "../packs/pack-types.ts";
import { parseTree } from "../tree/parse.ts";
import type { Tree } from "../tree/tree.ts";
import { parseCacheManifest } from "./documents.ts";
import type { Storage } from "./find-cache.ts";

/** Of a list of files, compressed and not: enough for some five million files. Bytes. */
const largestTree = 256 << 20;
const largestExpanded = 1 << 30;
const asksAtOnce = 32;

/** All of a cache but its packs. */
export interface ReadCache {
  readonly manifest: Digest;
  readonly packs: readonly Descriptor[];
  readonly tree: Tree;
}

/**
 * Reads a cache's manifest and its list of files. Throws a format error, which names the key, if
 * they are missing or are not those of a cache.
 */
export async function readCache(
  { client, repository, signal }: Storage,
  { key, manifest }: { readonly key: string; readonly manifest: Descriptor },
): Promise<ReadCache> {
  const { digest } = manifest;
  const fetched = await client.getManifest({ ...repository, digest }, { signal });
  if (fetched === undefined) throw damagedCache(key, `its manifest ${digest} was not found`);
  try {
    if (fetched.manifest.kind !== "manifest") throw new FormatError("it is an index");
    const { tree: config, packs } = parseCacheManifest(fetched.manifest.content);
    const stored = await client.readBlob(repository, config, largestTree, { signal });
    const tree = parseTree(await expandTree(stored, config.mediaType));
    if (tree.packs.length !== packs.length) throw new FormatError("packs are missing");
    return { manifest: digest, packs, tree };
  } catch (error) {
    if (isMissing(error)) throw damagedCache(key, "its list of files was not found", error);
    if (!(error instanceof FormatError)) throw error;
    throw damagedCache(key, error.message, error);
  }
}

/** The numbers of packs that the repository does not have. */
export async function missingPacks(
  { client, repository, signal }: Storage,
  packs: readonly Descriptor[],
): Promise<ReadonlySet<number>> {
  const limit = createLimit(asksAtOnce);
  const heads = await Promise.all(
    packs.map(({ digest }) =>
      limit(() => client.headBlob(repository, digest, { fresh: true, signal })),
    ),
  );
  return new Set(heads.flatMap((head, number) => (head === undefined ? [number] : [])));
}

/** A cache that cannot be used. */
export function damagedCache(key: string, why: string, cause?: unknown): FormatError {
  return new FormatError(`the cache ${key} is damaged: ${why}`, {
    cause,
    hint: "save it again, or delete it with `layerkeep dir rm`",
  });
}

/** Whether the registry does not have something. */
export function isMissing(error: unknown): boolean {
  return error instanceof RegistryError && error.status === 404;
}

export function compressTree(bytes: Uint8Array): Promise<Buffer> {
  return promisify(gzip)(bytes, { level: 1 });
}

async function expandTree(bytes: Uint8Array, mediaType: string): Promise<Uint8Array> {
  if (compressionOf(mediaType) !== "gzip") throw new FormatError(`unknown type ${mediaType}`);
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: largestExpanded });
  } catch (cause) {
    throw new FormatError("its list of files is not compressed with gzip", { cause });
  }
}
