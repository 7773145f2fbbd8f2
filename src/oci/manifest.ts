import { FormatError } from "../errors.ts";
import { type Digest, isDescriptorDigest } from "./digest.ts";
import { isIndexType, isManifestType, mediaTypes } from "./media-types.ts";
import type { Platform } from "./platform.ts";

export type Annotations = Readonly<Record<string, string>>;

/** OCI image spec 1.1, descriptor.md. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly platform?: Platform;
  readonly annotations?: Annotations;
  readonly artifactType?: string;
  readonly urls?: readonly string[];
  readonly data?: string;
}

/** An OCI image manifest, or Docker's v2 schema 2, which has the same shape. */
export interface ImageManifest {
  readonly schemaVersion: 2;
  readonly mediaType?: string;
  readonly artifactType?: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Annotations;
}

/** An OCI image index, or Docker's manifest list, which has the same shape. */
export interface ImageIndex {
  readonly schemaVersion: 2;
  readonly mediaType?: string;
  readonly artifactType?: string;
  readonly manifests: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Annotations;
}

export type Manifest =
  | { readonly kind: "index"; readonly mediaType: string; readonly content: ImageIndex }
  | { readonly kind: "manifest"; readonly mediaType: string; readonly content: ImageManifest };

/**
 * Parses a manifest. `contentType` is the type from the registry. If the manifest has a media type
 * of its own, that takes precedence, and it must match the fields (a guard against CVE-2021-41190,
 * where one document can be read as both kinds). Throws a format error if it is not a manifest.
 */
export function parseManifest(bytes: Uint8Array | string, contentType?: string): Manifest {
  const text = typeof bytes === "string" ? bytes : new TextDecoder().decode(bytes);
  const content = parseJson(text);
  const mediaType = typeOf(content, contentType?.split(";", 1)[0]?.trim());
  if ("manifests" in content && ("layers" in content || "config" in content)) {
    throw notManifest("it contains both manifests and layers");
  }
  if (isIndexType(mediaType)) {
    const manifests = descriptors(content["manifests"], "manifests");
    return { kind: "index", mediaType, content: { ...base(content), manifests } };
  }
  if (isManifestType(mediaType)) {
    const config = descriptor(content["config"], "config");
    const layers = descriptors(content["layers"], "layers");
    return { kind: "manifest", mediaType, content: { ...base(content), config, layers } };
  }
  throw notManifest(`its media type is ${mediaType}`);
}

/** The manifests in an index, or the blobs of a manifest: config first, then the layers. */
export function referredBy(manifest: Manifest): {
  readonly manifests: readonly Descriptor[];
  readonly blobs: readonly Descriptor[];
} {
  if (manifest.kind === "index") return { manifests: manifest.content.manifests, blobs: [] };
  return { manifests: [], blobs: [manifest.content.config, ...manifest.content.layers] };
}

/**
 * Whether a descriptor in an index is an attestation manifest, as BuildKit writes them
 * (docs/attestations/attestation-storage.md in moby/buildkit).
 */
export function isAttestation(descriptor: Descriptor): boolean {
  return descriptor.annotations?.["vnd.docker.reference.type"] === "attestation-manifest";
}

type Json = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parseJson(text: string): Json {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw notManifest("it is not JSON", cause);
  }
  if (!isObject(value)) throw notManifest("it is not a JSON object");
  if (value["schemaVersion"] !== 2) {
    const version = value["schemaVersion"];
    // The value may be anything, and too deep or too long to repeat.
    const isShort = typeof version === "number" || version === undefined;
    throw notManifest(`its schemaVersion is ${isShort ? `${version}, not 2` : "not a number"}`);
  }
  return value;
}

function typeOf(content: Json, contentType: string | undefined): string {
  const own = content["mediaType"];
  if (typeof own === "string" && own !== "") return own;
  if (contentType !== undefined && (isIndexType(contentType) || isManifestType(contentType))) {
    return contentType;
  }
  return "manifests" in content ? mediaTypes.ociIndex : mediaTypes.ociManifest;
}

function base(content: Json): Pick<ImageManifest, "schemaVersion"> & Partial<ImageManifest> {
  const { mediaType, artifactType, subject, annotations } = content;
  return {
    schemaVersion: 2,
    ...(typeof mediaType === "string" ? { mediaType } : {}),
    ...(typeof artifactType === "string" ? { artifactType } : {}),
    ...(subject === undefined ? {} : { subject: descriptor(subject, "subject") }),
    ...(isObject(annotations) ? { annotations: strings(annotations) } : {}),
  };
}

function descriptors(value: unknown, where: string): Descriptor[] {
  if (!Array.isArray(value)) throw notManifest(`${where} is not a list`);
  return value.map((item: unknown, index) => descriptor(item, `${where}[${index}]`));
}

function descriptor(value: unknown, where: string): Descriptor {
  if (!isObject(value)) throw notManifest(`${where} is not a descriptor`);
  const { mediaType, digest, size, platform, annotations, artifactType, urls, data } = value;
  if (typeof mediaType !== "string") throw notManifest(`${where} has no mediaType`);
  if (typeof digest !== "string" || !isDescriptorDigest(digest)) {
    throw notManifest(`${where} has no digest`);
  }
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) {
    throw notManifest(`${where} has no size`);
  }
  return {
    mediaType,
    digest,
    size,
    ...(isObject(platform) ? { platform: platformOf(platform) } : {}),
    ...(isObject(annotations) ? { annotations: strings(annotations) } : {}),
    ...(typeof artifactType === "string" ? { artifactType } : {}),
    ...(Array.isArray(urls) ? { urls: urls.filter((u) => typeof u === "string") } : {}),
    ...(typeof data === "string" ? { data } : {}),
  };
}

function platformOf(value: Json): Platform {
  const { os, architecture, variant } = value;
  const version = value["os.version"];
  const features = value["os.features"];
  return {
    os: typeof os === "string" ? os : "unknown",
    architecture: typeof architecture === "string" ? architecture : "unknown",
    ...(typeof variant === "string" && variant !== "" ? { variant } : {}),
    ...(typeof version === "string" ? { "os.version": version } : {}),
    ...(isTexts(features) ? { "os.features": features } : {}),
  };
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function strings(value: Json): Record<string, string> {
  return Object.fromEntries(
    Object.entries(value).filter(
      (entry): entry is [string, string] => typeof entry[1] === "string",
    ),
  );
}

function notManifest(why: string, cause?: unknown): FormatError {
  return new FormatError(`not an image manifest or index: ${why}`, { cause });
}
