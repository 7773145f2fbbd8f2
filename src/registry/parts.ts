import { type Descriptor, type Manifest, referredBy } from "../oci/manifest.ts";
import { isIndexType, isManifestType } from "../oci/media-types.ts";

/**
 * The stored manifests and blobs that a manifest refers to. An index in BuildKit's cache format
 * lists blobs as if they were manifests; their media types show which they are. Layers that are
 * fetched only from their own URLs are in no registry, and left out.
 */
export function storedParts(manifest: Manifest): {
  readonly manifests: readonly Descriptor[];
  readonly blobs: readonly Descriptor[];
} {
  const { manifests, blobs } = referredBy(manifest);
  return {
    manifests: manifests.filter(isManifest),
    blobs: [...manifests.filter((child) => !isManifest(child)), ...blobs].filter(isStored),
  };
}

function isManifest({ mediaType }: Descriptor): boolean {
  return isIndexType(mediaType) || isManifestType(mediaType);
}

function isStored({ mediaType, urls }: Descriptor): boolean {
  const foreign = /foreign|nondistributable/.test(mediaType);
  return !(foreign && (urls?.length ?? 0) > 0);
}
