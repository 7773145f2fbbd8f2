import type { Readable } from "node:stream";
import type { Descriptor } from "../../oci/manifest.ts";
import type { Repository } from "../../oci/reference.ts";
import type { CacheContent, CacheForm, StoredCache } from "../content.ts";

export interface StoreCallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Where the blobs of a cache are read from. */
export interface BlobSource {
  /** The blob as a stream. It fails before its end if the bytes do not match the descriptor. */
  openBlob(blob: Descriptor, o?: StoreCallOptions): Promise<Readable>;
  /** The registry repository that contains a blob, so that it can be mounted from there. */
  repositoryOf?(blob: Descriptor): Repository | undefined;
}

/** One cache in one of the places where BuildKit keeps caches. */
export interface CacheStore extends BlobSource {
  /** In BuildKit's notation, without secrets: `type=registry,ref=…`. */
  readonly name: string;
  /**
   * The cache that is stored; undefined if there is none. Throws a format error if something else
   * is stored there, and a registry or integrity error if the cache cannot be read whole.
   */
  read(o?: StoreCallOptions): Promise<StoredCache | undefined>;
  /** The size of a blob in the store, in bytes; undefined if it does not exist. */
  blobSize(blob: Descriptor, o?: StoreCallOptions): Promise<number | undefined>;
}

/** A place to which a cache can be written, and from which it can be read again. */
export interface WritableCacheStore extends CacheStore {
  /** The form in which it is written. */
  readonly form: CacheForm;
  /**
   * Replaces what is stored with a sound cache. Blobs are written first, so that a reader always
   * finds a complete cache.
   */
  write(cache: CacheContent, source: BlobSource, o?: WriteOptions): Promise<Written>;
}

export interface WriteOptions extends StoreCallOptions {
  readonly onBlob?: ((blob: Descriptor, how: BlobOutcome) => void) | undefined;
}

/** Sent, mounted from another repository of the registry, or present before. */
export type BlobOutcome = "copied" | "mounted" | "there";

export interface Written {
  /** The manifest that now leads to the cache. */
  readonly manifest: Descriptor;
}
