import { FormatError, UsageError } from "../../errors.ts";
import type { Descriptor } from "../../oci/manifest.ts";
import type { CacheContent, StoredCache } from "../content.ts";
import type {
  BlobOutcome,
  BlobSource,
  CacheStore,
  WritableCacheStore,
  WriteOptions,
} from "../store/store.ts";
import { readSound } from "./read-sound.ts";

/** What was copied, and to where. Sizes are in bytes, each blob counted once. */
export interface CacheCopy {
  readonly sources: readonly string[];
  readonly target: string;
  readonly manifest: Descriptor;
  readonly records: number;
  readonly blobs: Readonly<Record<BlobOutcome, { readonly count: number; readonly bytes: number }>>;
}

export interface CopyCacheOptions extends WriteOptions {
  /** Overwrite the target even if it is not a cache. */
  readonly force?: boolean | undefined;
}

/**
 * Copies a cache from one store to another, so that an engine can import it there with all its
 * steps. Throws a usage error if the source does not exist or the target is something other than a
 * cache, and a format error for a cache that no engine could import.
 */
export function copyCache(
  source: CacheStore,
  target: WritableCacheStore,
  o: CopyCacheOptions = {},
): Promise<CacheCopy> {
  return writeFrom([source], target, ([cache]) => cache, o);
}

/**
 * Writes a cache that was made from others; blobs are read from the original stores. Throws as
 * `copyCache` does.
 */
export async function writeFrom(
  sources: readonly CacheStore[],
  target: WritableCacheStore,
  make: (caches: readonly StoredCache[]) => CacheContent | undefined,
  { force = false, signal, onBlob }: CopyCacheOptions = {},
): Promise<CacheCopy> {
  const [caches] = await Promise.all([
    Promise.all(sources.map((source) => readSound(source, { signal }))),
    force ? undefined : refuseImages(target, signal),
  ]);
  const cache = make(caches);
  if (cache === undefined) throw new UsageError("no cache given");
  const none = { count: 0, bytes: 0 };
  const blobs = { copied: none, mounted: none, there: none };
  const { manifest } = await target.write(cache, joinSources(sources, caches), {
    signal,
    onBlob: (blob, how) => {
      const { count, bytes } = blobs[how];
      blobs[how] = { count: count + 1, bytes: bytes + blob.size };
      onBlob?.(blob, how);
    },
  });
  const names = sources.map(({ name }) => name);
  const records = cache.config.records.length;
  return { sources: names, target: target.name, manifest, records, blobs };
}

/** Reads each blob from the first cache that has it. */
function joinSources(sources: readonly CacheStore[], caches: readonly StoredCache[]): BlobSource {
  const [only] = sources;
  if (only !== undefined && sources.length === 1) return only;
  const sourceOf = ({ digest }: Descriptor): CacheStore => {
    const source = sources[caches.findIndex(({ blobs }) => blobs.has(digest))];
    if (source === undefined) throw new FormatError(`blob not found in any cache: ${digest}`);
    return source;
  };
  return {
    openBlob: (blob, o) => sourceOf(blob).openBlob(blob, o),
    repositoryOf: (blob) => sourceOf(blob).repositoryOf?.(blob),
  };
}

/** A cache must not overwrite an image that somebody runs. */
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
      ? `refusing to overwrite ${target.name}: ${standing.message}`
      : `refusing to overwrite ${target.name}: it is an image`,
    { hint: "choose another tag, or use --force" },
  );
}
