import { FormatError } from "../../errors.ts";
import { type Digest, isDigest } from "../../oci/digest.ts";
import type { Descriptor } from "../../oci/manifest.ts";
import { type CacheContent, createdAtAnnotation, uncompressedAnnotation } from "../content.ts";
import type { CacheConfigV0, CacheLayer } from "./cache-config.ts";

/**
 * The blobs of a config from GitHub's service, in which layers describe themselves instead of a
 * manifest's descriptors (moby/buildkit, cache/remotecache/gha). The blob of a layer that does not
 * describe itself is left out: `findFaults` reports that.
 */
export function describedBlobs({ layers }: CacheConfigV0): ReadonlyMap<Digest, Descriptor> {
  const blobs = new Map<Digest, Descriptor>();
  for (const { blob, annotations = {} } of layers) {
    const { mediaType, diffID, size, createdAt } = annotations;
    if (mediaType === undefined || diffID === undefined || size === undefined) continue;
    const made = createdAt === undefined ? {} : { [createdAtAnnotation]: createdAt };
    blobs.set(blob, {
      mediaType,
      digest: blob,
      size,
      annotations: { [uncompressedAnnotation]: diffID, ...made },
    });
  }
  return blobs;
}

/** The config with layers that include their blobs' descriptors. Throws if a blob has none. */
export function describedLayers({ config, blobs }: CacheContent): CacheConfigV0 {
  return { ...config, layers: config.layers.map((layer) => described(layer, blobs)) };
}

/** The config with layers that leave the description to the blobs' descriptors. */
export function plainLayers(config: CacheConfigV0): CacheConfigV0 {
  const layers = config.layers.map(({ blob, parent, unknown }) =>
    unknown === undefined ? { blob, parent } : { blob, parent, unknown },
  );
  return { ...config, layers };
}

function described(layer: CacheLayer, blobs: CacheContent["blobs"]): CacheLayer {
  const { mediaType, size, annotations } = blobs.get(layer.blob) ?? {};
  const diffID = annotations?.[uncompressedAnnotation];
  const createdAt = annotations?.[createdAtAnnotation];
  if (mediaType === undefined || size === undefined || diffID === undefined || !isDigest(diffID)) {
    throw new FormatError(`the uncompressed digest of layer ${layer.blob} is unknown`);
  }
  const made = createdAt === undefined ? {} : { createdAt };
  return { ...layer, annotations: { ...layer.annotations, mediaType, diffID, size, ...made } };
}
