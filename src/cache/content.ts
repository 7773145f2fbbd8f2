import type { Digest } from "../oci/digest.ts";
import type { Descriptor } from "../oci/manifest.ts";
import type { CacheConfigV0 } from "./format/cache-config.ts";

/** A cache, wherever it is stored: its config, and the blobs of its layers. */
export interface CacheContent {
  readonly config: CacheConfigV0;
  /**
   * The blobs by digest, each once, with the annotations `containerd.io/uncompressed` and
   * `buildkit/createdat` that BuildKit needs.
   */
  readonly blobs: ReadonlyMap<Digest, Descriptor>;
}

/**
 * How a cache is stored: an image manifest with the cache as its config, an index whose last entry
 * is the config, part of the configs of images, or an entry in GitHub's cache service.
 */
export type CacheForm = "image-manifest" | "index" | "inline" | "gha";

/** A cache as a store returns it. */
export interface StoredCache extends CacheContent {
  readonly form: CacheForm;
  /** The manifest or index that leads to it. */
  readonly manifest: Descriptor;
  /** The config that contains it; the largest if an index leads to several images. */
  readonly configDescriptor: Descriptor;
  /** Whether its ends are tied together, so that every engine finds all of it: see `withOneEnd`. */
  readonly tied?: boolean;
  /** What made each layer, if the store knows: an image's history does. */
  readonly steps: ReadonlyMap<Digest, string>;
}

/** BuildKit's annotation for the digest of a layer's uncompressed tar. */
export const uncompressedAnnotation = "containerd.io/uncompressed";
/** BuildKit's annotation for the time a layer was created, RFC 3339. */
export const createdAtAnnotation = "buildkit/createdat";
