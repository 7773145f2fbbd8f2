import { createCipheriv, createHash } from "node:crypto";
import { digestOf } from "../../src/oci/digest.ts";
import type { Annotations, Descriptor } from "../../src/oci/manifest.ts";
import { mediaTypes } from "../../src/oci/media-types.ts";
import { type Platform, parsePlatform } from "../../src/oci/platform.ts";
import type { Repository } from "../../src/oci/reference.ts";
import type { RegistryClient } from "../../src/registry/client.ts";

/** Bytes that look random and are the same for the same seed. */
export function bytesOf(seed: string, size: number): Buffer {
  const key = createHash("sha256").update(seed).digest();
  return createCipheriv("aes-256-ctr", key, Buffer.alloc(16)).update(Buffer.alloc(size));
}

/** The descriptor of some bytes. */
export function describe(bytes: Uint8Array, mediaType: string): Descriptor {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

export interface MadeImage {
  /** Of the image manifest. */
  readonly image: Descriptor;
  readonly layers: readonly Descriptor[];
  /** Of the index with its attestation; what a leg's tag points at. */
  readonly index: Descriptor;
}

interface ImageOptions {
  readonly repository: Repository;
  readonly platform: string;
  /** Contents; layers with the same seed are the same blob. */
  readonly layers: readonly { readonly seed: string; readonly size: number }[];
  readonly tag: string;
  readonly annotations?: Annotations;
  /** Docker's media types instead of OCI's. */
  readonly docker?: boolean;
  /** Only the image manifest, under the tag; no index, no attestation. */
  readonly bare?: boolean;
  /** The attestation is an OCI artifact with a subject, as BuildKit writes it since June 2026. */
  readonly artifact?: boolean;
}

/** Pushes what BuildKit pushes for one platform: an index of an image and its provenance. */
export async function pushImage(client: RegistryClient, options: ImageOptions): Promise<MadeImage> {
  const { repository, tag, annotations } = options;
  const platform = parsePlatform(options.platform);
  const docker = options.docker === true;
  const layerType = docker
    ? "application/vnd.docker.image.rootfs.diff.tar.gzip"
    : mediaTypes.ociLayerGzip;
  const layers = await Promise.all(
    options.layers.map(({ seed, size }) =>
      push(client, repository, bytesOf(seed, size), layerType),
    ),
  );
  const config = await push(
    client,
    repository,
    Buffer.from(JSON.stringify(configOf(platform, layers))),
    docker ? mediaTypes.dockerConfig : mediaTypes.ociConfig,
  );
  const bare = options.bare === true;
  const image = await put(
    client,
    repository,
    docker ? mediaTypes.dockerManifest : mediaTypes.ociManifest,
    {
      config,
      layers,
      ...(bare ? { tag, annotations } : {}),
    },
  );
  if (bare) return { image, layers, index: image };
  const attestation = await pushAttestation(client, repository, image, options.artifact === true);
  const manifests = [{ ...image, platform }, attestation];
  const indexType = docker ? mediaTypes.dockerList : mediaTypes.ociIndex;
  const index = await put(client, repository, indexType, { manifests, annotations, tag });
  return { image, layers, index };
}

/** docs/attestations/attestation-storage.md in moby/buildkit. */
async function pushAttestation(
  client: RegistryClient,
  repository: Repository,
  image: Descriptor,
  artifact: boolean,
): Promise<Descriptor> {
  const statement = { _type: "https://in-toto.io/Statement/v0.1", subject: [image.digest] };
  const layer = await push(
    client,
    repository,
    Buffer.from(JSON.stringify(statement)),
    mediaTypes.inToto,
  );
  const platform = { os: "unknown", architecture: "unknown" };
  const rootfs = { type: "layers", diff_ids: [layer.digest] };
  const config = artifact ? {} : { ...platform, config: {}, rootfs };
  const configType = artifact ? mediaTypes.ociEmpty : mediaTypes.ociConfig;
  const configBytes = Buffer.from(JSON.stringify(config));
  const manifest = await putQuietly(client, repository, {
    ...(artifact ? { artifactType: "application/vnd.docker.attestation.manifest.v1+json" } : {}),
    config: await push(client, repository, configBytes, configType),
    layers: [
      {
        ...layer,
        annotations: { "in-toto.io/predicate-type": "https://slsa.dev/provenance/v0.2" },
      },
    ],
    ...(artifact ? { subject: image } : {}),
  });
  const annotations = {
    "vnd.docker.reference.type": "attestation-manifest",
    "vnd.docker.reference.digest": image.digest,
  };
  return { ...manifest, annotations, platform };
}

function configOf(platform: Platform, layers: readonly Descriptor[]): object {
  const rootfs = { type: "layers", diff_ids: layers.map(({ digest }) => digest) };
  return { ...platform, config: {}, rootfs };
}

async function push(
  client: RegistryClient,
  repository: Repository,
  bytes: Buffer,
  mediaType: string,
): Promise<Descriptor> {
  const descriptor = describe(bytes, mediaType);
  await client.pushBlob(repository, descriptor, () => bytes);
  return descriptor;
}

async function put(
  client: RegistryClient,
  repository: Repository,
  mediaType: string,
  { tag, ...content }: { readonly tag?: string } & Readonly<Record<string, unknown>>,
): Promise<Descriptor> {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...content }));
  return client.putManifest(repository, { bytes, mediaType, tag });
}

/** As BuildKit pushes a manifest with a subject: without the tag that lists referrers. */
async function putQuietly(
  client: RegistryClient,
  repository: Repository,
  content: Readonly<Record<string, unknown>>,
): Promise<Descriptor> {
  const mediaType = mediaTypes.ociManifest;
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...content }));
  return client.putManifest(repository, { bytes, mediaType }, { referrersTag: false });
}
