import type { Readable } from "node:stream";
import type { Digest } from "../../oci/digest.ts";
import type { Descriptor } from "../../oci/manifest.ts";
import type { Repository } from "../../oci/reference.ts";
import type { CacheContent, StoredCache } from "../content.ts";

export interface StoreCallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Where the blobs of a cache can be had. */
export interface BlobSource {
  /** The repository that has the blob, where it is a registry's: then it may be mounted. */
  repositoryOf?(blob: Digest): Repository | undefined;
  /** The blob as a stream that fails, before it ends, where its bytes are not the descriptor's. */
  openBlob(blob: Descriptor, o?: StoreCallOptions): Promise<Readable>;
}

export interface WriteCacheOptions extends StoreCallOptions {
  /** For registries and local layouts; other stores have one form. */
  readonly form?: "image-manifest" | "index" | undefined;
  /** Told of each blob that stands, whether it was sent, or was there before. */
  readonly onBlob?: ((blob: Descriptor, how: "sent" | "mounted" | "there") => void) | undefined;
}

export interface WrittenCache {
  /** What the cache is found by now; undefined where the form has no manifest. */
  readonly manifest: Descriptor | undefined;
  readonly sent: { readonly blobs: number; readonly bytes: number };
}

export type StoreType = "registry" | "local" | "inline" | "gha";

/** One cache's place in one of BuildKit's homes for caches. */
export interface CacheStore extends BlobSource {
  readonly type: StoreType;
  /** In BuildKit's words, without secrets: `type=registry,ref=…`. */
  readonly name: string;
  /**
   * The cache that stands there; undefined where none does. Throws a format error where something
   * else does, and a registry error where the store does not serve.
   */
  read(o?: StoreCallOptions): Promise<StoredCache | undefined>;
  /** Bytes of a blob as the store has it; undefined where it has none. */
  blobSize(blob: Descriptor, o?: StoreCallOptions): Promise<number | undefined>;
  /**
   * Puts a cache in place of what stands there, blobs first, so that what can be found is whole
   * at every moment. Throws a usage error where something stands there that is no cache.
   */
  write(content: CacheContent, source: BlobSource, o?: WriteCacheOptions): Promise<WrittenCache>;
}
