import { FormatError, UsageError } from "../../errors.ts";
import type { Descriptor } from "../../oci/manifest.ts";
import { requireSound } from "../graph/faults.ts";
import type { BlobOutcome, CacheStore, WritableCacheStore, WriteOptions } from "../store/store.ts";

/** What a copy came to. Sizes are in bytes, each blob counted once. */
export interface CacheCopy {
  readonly source: string;
  readonly target: string;
  readonly manifest: Descriptor;
  readonly records: number;
  readonly blobs: Readonly<Record<BlobOutcome, { readonly count: number; readonly bytes: number }>>;
}

export interface CopyCacheOptions extends WriteOptions {
  /** Write although what stands at the target is not a cache of its own. */
  readonly force?: boolean | undefined;
}

/**
 * Copies a cache from one home to another, so that an engine imports it there with all its steps.
 * Throws a usage error where nothing stands at the source, or something other than a cache stands
 * at the target, and a format error for a cache that no engine could import.
 */
export async function copyCache(
  source: CacheStore,
  target: WritableCacheStore,
  { force = false, signal, onBlob }: CopyCacheOptions = {},
): Promise<CacheCopy> {
  const [found] = await Promise.all([
    source.read({ signal }),
    force ? undefined : refuseImages(target, signal),
  ]);
  if (found === undefined) {
    throw new UsageError(`${source.name}: nothing stands there`, {
      hint: "see whether the tag is right, and whether a build has written it yet",
    });
  }
  const cache = requireSound(found, source.name);
  const none = { count: 0, bytes: 0 };
  const blobs = { copied: none, mounted: none, there: none };
  const { manifest } = await target.write(cache, source, {
    signal,
    onBlob: (blob, how) => {
      const { count, bytes } = blobs[how];
      blobs[how] = { count: count + 1, bytes: bytes + blob.size };
      onBlob?.(blob, how);
    },
  });
  const records = cache.config.records.length;
  return { source: source.name, target: target.name, manifest, records, blobs };
}

/** An image that somebody runs is not written over by a cache. */
async function refuseImages(target: WritableCacheStore, signal?: AbortSignal): Promise<void> {
  const standing = await target.read({ signal }).catch((error: unknown) => {
    if (!(error instanceof FormatError)) throw error;
    return error;
  });
  if (standing === undefined) return;
  const isCache = !(standing instanceof FormatError) && standing.form !== "inline";
  if (isCache) return;
  throw new UsageError(
    standing instanceof FormatError
      ? `${target.name} is not overwritten: ${standing.message}`
      : `${target.name} is not overwritten: an image stands there`,
    { hint: "name another tag, or give --force" },
  );
}
