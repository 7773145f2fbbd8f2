import { FormatError } from "../../errors.ts";
import { emptyDescriptor } from "../../oci/artifact.ts";
import type { Descriptor, ImageIndex, ImageManifest } from "../../oci/manifest.ts";
import { mediaTypes } from "../../oci/media-types.ts";
import { cacheArtifactType, compressionOf } from "../packs/pack-types.ts";

const keyAnnotation = "org.layerkeep.dir.key";
const familyAnnotation = "org.layerkeep.dir.family";
const filesAnnotation = "org.layerkeep.dir.files";
const bytesAnnotation = "org.layerkeep.dir.bytes";
const storedAnnotation = "org.layerkeep.dir.stored";
const createdAnnotation = "org.opencontainers.image.created";

/** What a tag says of its cache. */
export interface CacheEntry {
  readonly key: string;
  /** The part of the key that similar caches share; undefined if the save did not record it. */
  readonly family?: string | undefined;
  /** RFC 3339. */
  readonly createdAt: string;
  /** Files and links. */
  readonly files: number;
  /** Of the files. */
  readonly bytes: number;
  /** Of the packs and the list of files, as they are stored. */
  readonly stored: number;
  readonly manifest: Descriptor;
}

interface Rendered {
  readonly bytes: Buffer;
  readonly mediaType: string;
}

/** The manifest of a tree. It has no time in it: one tree in the same packs gives one manifest. */
export function renderCacheManifest(tree: Descriptor, packs: readonly Descriptor[]): Rendered {
  const content: ImageManifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    artifactType: cacheArtifactType,
    config: tree,
    layers: packs.length === 0 ? [emptyDescriptor] : packs,
  };
  return { bytes: Buffer.from(JSON.stringify(content)), mediaType: mediaTypes.ociManifest };
}

/** The packs of a cache, and its list of files. Throws a format error if it is something else. */
export function parseCacheManifest({ artifactType, config, layers }: ImageManifest): {
  readonly tree: Descriptor;
  readonly packs: readonly Descriptor[];
} {
  const packs = layers.filter(({ mediaType }) => mediaType !== mediaTypes.ociEmpty);
  const isCache =
    artifactType === cacheArtifactType &&
    [config, ...packs].every(({ mediaType }) => compressionOf(mediaType) !== undefined);
  if (isCache) return { tree: config, packs };
  throw new FormatError("it is not a directory cache, or one of a newer version of layerkeep");
}

/** What a tag names: the manifest, and what `dir ls` shows of it. */
export function renderCacheEntry(entry: CacheEntry): Rendered {
  const { key, family, createdAt, files, bytes, stored, manifest } = entry;
  const content: ImageIndex = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    artifactType: cacheArtifactType,
    manifests: [{ ...manifest, artifactType: cacheArtifactType }],
    annotations: {
      [createdAnnotation]: createdAt,
      [keyAnnotation]: key,
      ...(family === undefined ? {} : { [familyAnnotation]: family }),
      [filesAnnotation]: String(files),
      [bytesAnnotation]: String(bytes),
      [storedAnnotation]: String(stored),
    },
  };
  return { bytes: Buffer.from(JSON.stringify(content)), mediaType: mediaTypes.ociIndex };
}

/** Undefined if it is not what we write. */
export function parseCacheEntry(index: ImageIndex): CacheEntry | undefined {
  const { artifactType, annotations = {}, manifests } = index;
  const [manifest] = manifests;
  const [key, createdAt] = [annotations[keyAnnotation], annotations[createdAnnotation]];
  if (artifactType !== cacheArtifactType || manifest === undefined) return undefined;
  if (key === undefined || createdAt === undefined) return undefined;
  if (Number.isNaN(Date.parse(createdAt))) return undefined;
  const number = (name: string): number => {
    const value = Number(annotations[name] ?? "");
    return Number.isSafeInteger(value) && value >= 0 ? value : 0;
  };
  const { mediaType, digest, size } = manifest;
  return {
    key,
    family: annotations[familyAnnotation],
    createdAt,
    files: number(filesAnnotation),
    bytes: number(bytesAnnotation),
    stored: number(storedAnnotation),
    manifest: { mediaType, digest, size },
  };
}
