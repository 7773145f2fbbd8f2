import type { Readable } from "node:stream";
import type { Descriptor } from "../../oci/manifest.ts";
import type { Repository } from "../../oci/reference.ts";
import type { CacheContent, CacheForm, StoredCache } from "../content.ts";

export interface StoreCallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Where the blobs of a cache are read from. */
export interface BlobSource {
  /** The blob as a stream that fails, before it ends, where its bytes are not the descriptor's. */
  openBlob(blob: Descriptor, o?: StoreCallOptions): Promise<Readable>;
  /** The registry's repository that a blob is in, so that it can be mounted from there. */
  repositoryOf?(blob: Descriptor): Repository | undefined;
}

/** One cache's place in one of BuildKit's homes for caches. */
export interface CacheStore extends BlobSource {
  /** In BuildKit's words, without secrets: `type=registry,ref=…`. */
  readonly name: string;
  /**
   * The cache that is there; undefined if there is none. Throws a format error where something
   * else does, and a registry or integrity error where it cannot be had whole.
   */
  read(o?: StoreCallOptions): Promise<StoredCache | undefined>;
  /** Bytes of a blob as the store has it; undefined where it has none. */
  blobSize(blob: Descriptor, o?: StoreCallOptions): Promise<number | undefined>;
}

/** A place that a cache can be written to, and is then found at. */
export interface WritableCacheStore extends CacheStore {
  /** The form that it is written in. */
  readonly form: CacheForm;
  /**
   * Writes a sound cache in place of what is there: its blobs first, so that what can be
   * found is whole at every moment.
   */
  write(cache: CacheContent, source: BlobSource, o?: WriteOptions): Promise<Written>;
}

export interface WriteOptions extends StoreCallOptions {
  readonly onBlob?: ((blob: Descriptor, how: BlobOutcome) => void) | undefined;
}

/** Sent, taken over from another repository of the registry, or there before. */
export type BlobOutcome = "copied" | "mounted" | "there";

export interface Written {
  /** What the cache is found by from now on. */
  readonly manifest: Descriptor;
}
