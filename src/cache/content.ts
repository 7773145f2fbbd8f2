import type { Digest } from "../oci/digest.ts";
import type { Descriptor } from "../oci/manifest.ts";
import type { CacheConfigV0 } from "./format/cache-config.ts";

/** A cache, wherever it is stored: what BuildKit knows of it, and the blobs that its layers are. */
export interface CacheContent {
  readonly config: CacheConfigV0;
  /**
   * The blobs by digest, each once, with the annotations `containerd.io/uncompressed` and
   * `buildkit/createdat` that BuildKit needs.
   */
  readonly blobs: ReadonlyMap<Digest, Descriptor>;
}

/**
 * How a cache is stored in its home: an image manifest whose config it is, an index that ends with
 * it, a part of the configs of images, or an entry of its own in GitHub's service.
 */
export type CacheForm = "image-manifest" | "index" | "inline" | "gha";

/** A cache as a store has it. */
export interface StoredCache extends CacheContent {
  readonly form: CacheForm;
  /** The manifest or index that it is found by. */
  readonly manifest: Descriptor;
  /** The config that holds it; the largest where an index leads to several images. */
  readonly configDescriptor: Descriptor;
  /** Whether its ends are tied together, so that every engine finds all of it: `withOneEnd`. */
  readonly tied?: boolean;
  /** What made a layer, where the store tells it: an image's history does. */
  readonly steps: ReadonlyMap<Digest, string>;
}

/** BuildKit's annotation for the digest of a layer's uncompressed tar. */
export const uncompressedAnnotation = "containerd.io/uncompressed";
/** BuildKit's annotation for when a layer was made, RFC 3339. */
export const createdAtAnnotation = "buildkit/createdat";
