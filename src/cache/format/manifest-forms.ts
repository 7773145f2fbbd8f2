import type { Digest } from "../../oci/digest.ts";
import type { Descriptor, Manifest } from "../../oci/manifest.ts";
import { mediaTypes } from "../../oci/media-types.ts";

/** What a manifest says about the cache in it. */
export interface CacheManifest {
  readonly form: "image-manifest" | "index";
  readonly config: Descriptor;
  /** By digest. BuildKit lists a blob once for each of its layers. */
  readonly blobs: ReadonlyMap<Digest, Descriptor>;
}

/**
 * The cache of an image manifest with the cache as its config, or of an index that lists its blobs
 * and then its config (moby/buildkit, cache/remotecache/export.go). Undefined for anything else.
 */
export function cacheManifestOf(manifest: Manifest): CacheManifest | undefined {
  if (manifest.kind === "manifest") {
    const { config, layers } = manifest.content;
    if (config.mediaType !== mediaTypes.buildkitCache) return undefined;
    return { form: "image-manifest", config, blobs: byDigest(layers) };
  }
  const { manifests } = manifest.content;
  const config = manifests.findLast(({ mediaType }) => mediaType === mediaTypes.buildkitCache);
  if (config === undefined) return undefined;
  return { form: "index", config, blobs: byDigest(manifests.filter((d) => d !== config)) };
}

function byDigest(descriptors: readonly Descriptor[]): ReadonlyMap<Digest, Descriptor> {
  return new Map(descriptors.map((descriptor) => [descriptor.digest, descriptor]));
}
