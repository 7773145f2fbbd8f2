import type { Readable } from "node:stream";
import type { Descriptor } from "../../oci/manifest.ts";
import type { StoredCache } from "../content.ts";

export interface StoreCallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** One cache's place in one of BuildKit's homes for caches. */
export interface CacheStore {
  /** In BuildKit's words, without secrets: `type=registry,ref=…`. */
  readonly name: string;
  /**
   * The cache that stands there; undefined where none does. Throws a format error where something
   * else does, and a registry or integrity error where it cannot be had whole.
   */
  read(o?: StoreCallOptions): Promise<StoredCache | undefined>;
  /** Bytes of a blob as the store has it; undefined where it has none. */
  blobSize(blob: Descriptor, o?: StoreCallOptions): Promise<number | undefined>;
  /** The blob as a stream that fails, before it ends, where its bytes are not the descriptor's. */
  openBlob(blob: Descriptor, o?: StoreCallOptions): Promise<Readable>;
}
