import { FormatError } from "../../errors.ts";
import { type Digest, digestOf } from "../../oci/digest.ts";
import type { Descriptor } from "../../oci/manifest.ts";
import { mediaTypes } from "../../oci/media-types.ts";
import {
  type CacheContent,
  type CacheForm,
  createdAtAnnotation,
  uncompressedAnnotation,
} from "../content.ts";
import { describedLayers, plainLayers } from "./described-layers.ts";
import { inlineImageOf } from "./inline-image.ts";
import { importLimit } from "./cache-config.ts";
import { withOneEnd } from "./one-end.ts";
import { writeCacheConfig } from "./write-cache-config.ts";

/** A cache as bytes, in the order to write them: the blobs, the config, then the manifest. */
export interface WrittenCache {
  readonly blobs: readonly Descriptor[];
  readonly config: WrittenPart;
  readonly manifest: WrittenPart;
}

interface WrittenPart {
  readonly bytes: Buffer;
  readonly descriptor: Descriptor;
}

/**
 * A sound cache in one of its forms, as BuildKit writes it (moby/buildkit,
 * cache/remotecache/export.go), each blob listed once. Throws a format error if an engine would not
 * import it: over 1 MiB or, inline and for GitHub's service, a layer whose uncompressed digest is
 * unknown. In GitHub's service the config also takes the manifest's place.
 */
export function formCache(cache: CacheContent, form: CacheForm): WrittenCache {
  const content = { ...cache, config: withOneEnd(cache.config) };
  const blobs = usedBlobs(content);
  if (form === "gha") {
    const config = part(writeCacheConfig(describedLayers(content)), mediaTypes.buildkitCache);
    return { blobs, config, manifest: config };
  }
  const config =
    form === "inline"
      ? part(inlineImageOf(content, blobs), mediaTypes.ociConfig)
      : part(writeCacheConfig(plainLayers(content.config)), mediaTypes.buildkitCache);
  const manifest =
    form === "index"
      ? part(
          json({ mediaType: mediaTypes.ociIndex, manifests: [...blobs, config.descriptor] }),
          mediaTypes.ociIndex,
        )
      : imageManifest(config.descriptor, blobs);
  // An image's config is read whatever its size.
  const limited = form === "inline" ? { manifest } : { config, manifest };
  for (const [name, { bytes }] of Object.entries(limited)) {
    if (bytes.length > importLimit) throw tooLarge(name, bytes.length);
  }
  return { blobs, config, manifest };
}

/** The blobs of the layers, each once, in the layers' order. Throws if one has no descriptor. */
export function usedBlobs({ config, blobs }: CacheContent): readonly Descriptor[] {
  const used = new Map<Digest, Descriptor>();
  for (const { blob } of config.layers) {
    const descriptor = blobs.get(blob);
    if (descriptor === undefined) throw new FormatError(`layer ${blob} has no descriptor`);
    used.set(blob, pruned(descriptor));
  }
  return [...used.values()];
}

/** Only the annotations that an engine reads. */
function pruned({ mediaType, digest, size, annotations }: Descriptor): Descriptor {
  const kept = [uncompressedAnnotation, createdAtAnnotation].flatMap((key) => {
    const value = annotations?.[key];
    return value === undefined ? [] : [[key, value] as const];
  });
  return { mediaType, digest, size, annotations: Object.fromEntries(kept) };
}

function imageManifest(config: Descriptor, layers: readonly Descriptor[]): WrittenPart {
  const mediaType = mediaTypes.ociManifest;
  return part(json({ mediaType, config, layers }), mediaType);
}

function json(fields: object): Buffer {
  return Buffer.from(JSON.stringify({ schemaVersion: 2, ...fields }));
}

function part(bytes: Buffer, mediaType: string): WrittenPart {
  return { bytes, descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length } };
}

function tooLarge(name: string, bytes: number): FormatError {
  return new FormatError(
    `the ${name} would be ${bytes} bytes, but BuildKit imports at most 1 MiB`,
    {
      hint: "make the cache smaller with `layerkeep cache trim`",
    },
  );
}
