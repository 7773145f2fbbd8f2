import { randomBytes, randomUUID } from "node:crypto";
import { gzipSync } from "node:zlib";
import { type Algorithm, digest } from "./api.ts";

export const types = {
  image: "application/vnd.oci.image.manifest.v1+json",
  index: "application/vnd.oci.image.index.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar",
  layerGzip: "application/vnd.oci.image.layer.v1.tar+gzip",
  foreign: "application/vnd.oci.image.layer.nondistributable.v1.tar",
  foreignGzip: "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
  empty: "application/vnd.oci.empty.v1+json",
  example1: "application/vnd.example.oci.conformance.v1",
  example2: "application/vnd.example.oci.conformance.v2",
} as const;

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly [field: string]: unknown;
}

export interface MadeManifest {
  readonly digest: string;
  readonly mediaType: string;
  readonly text: string;
  readonly tags: readonly string[];
  readonly subject: Descriptor | undefined;
  /** How a list of referrers has it. */
  readonly described: Descriptor;
}

interface ManifestOptions {
  readonly tags?: readonly string[];
  readonly subject?: Descriptor;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Fields that no spec knows. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

interface ImageOptions extends ManifestOptions {
  readonly config?: Descriptor;
  readonly layers?: readonly Descriptor[];
}

const amd64 = { os: "linux", architecture: "amd64" };
const arm64 = { os: "linux", architecture: "arm64" };

/** One of the official suite's sets of data: blobs, then manifests in the order of their pushing. */
export class Content {
  readonly name: string;
  readonly blobs = new Map<string, Buffer>();
  readonly manifests: MadeManifest[] = [];
  /** Tags are pushed with the manifest's digest, as parameters. */
  readonly hasTagParameters: boolean;
  readonly #algorithm: Algorithm;
  readonly #hasData: boolean;

  constructor(
    name: string,
    options: {
      readonly algorithm?: Algorithm;
      readonly hasTagParameters?: boolean;
      /** Descriptors carry their content. */
      readonly hasData?: boolean;
    } = {},
  ) {
    this.name = name;
    this.#algorithm = options.algorithm ?? "sha256";
    this.hasTagParameters = options.hasTagParameters ?? false;
    this.#hasData = options.hasData ?? false;
  }

  blob(bytes: Buffer, mediaType: string): Descriptor {
    const described = this.#describe(bytes, mediaType);
    this.blobs.set(described.digest, bytes);
    return described;
  }

  layer(mediaType: string = types.layerGzip): Descriptor {
    return this.blob(gzipSync(randomBytes(512)), mediaType);
  }

  config(platform: object = amd64, extra: object = {}): Descriptor {
    const text = JSON.stringify({ ...platform, rootfs: { type: "layers" }, ...extra, ...nonce() });
    return this.blob(Buffer.from(text), types.config);
  }

  emptyJson(): Descriptor {
    return this.blob(Buffer.from("{}"), types.empty);
  }

  image(options: ImageOptions = {}): Descriptor {
    const { config = this.config(), layers = [this.layer(), this.layer()] } = options;
    return this.#add(types.image, { config, layers }, options, config.mediaType);
  }

  /** An artifact of two types, one for the whole and one for its only layer. */
  artifact(options: ManifestOptions & { readonly artifactType: string }): Descriptor {
    const layers = [this.blob(randomBytes(512), options.artifactType)];
    return this.image({ ...options, config: this.emptyJson(), layers });
  }

  index(children: readonly Descriptor[], options: ManifestOptions = {}): Descriptor {
    return this.#add(types.index, { manifests: children }, options, undefined);
  }

  /** An index of an image for each of two platforms. */
  platforms(options: ManifestOptions = {}): Descriptor {
    const children = [amd64, arm64].map((platform) => ({
      ...this.image({ config: this.config(platform, options.extra) }),
      platform,
    }));
    return this.index(children, options);
  }

  #add(
    mediaType: string,
    parts: object,
    options: ManifestOptions,
    configType: string | undefined,
  ): Descriptor {
    const { artifactType, annotations, subject, extra = {}, tags = [] } = options;
    const fields = {
      ...(artifactType === undefined ? {} : { artifactType }),
      ...(annotations === undefined ? {} : { annotations }),
    };
    const text = JSON.stringify({
      schemaVersion: 2,
      mediaType,
      ...fields,
      ...parts,
      subject,
      ...extra,
    });
    const descriptor = this.#describe(Buffer.from(text), mediaType);
    const type = artifactType ?? configType;
    this.manifests.push({
      digest: descriptor.digest,
      mediaType,
      text,
      tags,
      subject,
      described: {
        mediaType,
        digest: descriptor.digest,
        size: descriptor.size,
        ...(type === undefined ? {} : { artifactType: type }),
        ...(annotations === undefined ? {} : { annotations }),
      },
    });
    return descriptor;
  }

  #describe(bytes: Buffer, mediaType: string): Descriptor {
    const data = this.#hasData ? { data: bytes.toString("base64") } : {};
    const size = bytes.length;
    return { mediaType, digest: digest(bytes, this.#algorithm), size, ...data };
  }
}

/** The sets of data of the official suite's `GenerateData`, each made again. */
export function allContents(): readonly Content[] {
  return [
    ...images(),
    ...indexes(),
    ...artifacts(),
    ...withSubjects(),
    ...oddities(),
    ...digests(),
  ];
}

function images(): Content[] {
  const image = new Content("an image");
  image.image({ tags: ["image"] });
  const uncompressed = new Content("an image of uncompressed layers");
  uncompressed.image({ tags: ["image-uncompressed"], layers: [uncompressed.layer(types.layer)] });
  const large = new Content("an image with a large manifest");
  const annotations = Object.fromEntries(
    Array.from({ length: 390 }, (_, index) => [`large-annotation-${index}`, "A".repeat(10_000)]),
  );
  large.image({ tags: ["large-manifest"], annotations });
  const bare = new Content("an image without layers");
  bare.image({ tags: ["no-layers"], layers: [] });
  return [image, uncompressed, large, bare];
}

function indexes(): Content[] {
  const index = new Content("an index");
  index.platforms({ tags: ["index"] });
  const nested = new Content("an index of indexes");
  nested.index([nested.platforms(), nested.platforms()], { tags: ["index-of-index"] });
  const empty = new Content("an empty index");
  empty.index([], { tags: ["empty-index"], annotations: nonce() });
  return [index, nested, empty];
}

function artifacts(): Content[] {
  const artifact = new Content("an artifact");
  artifact.artifact({ tags: ["artifact"], artifactType: types.example1 });
  const index = new Content("an index of artifacts");
  const children = [amd64, arm64].map((platform) => ({
    ...index.artifact({ artifactType: types.example1 }),
    platform,
  }));
  index.index(children, { tags: ["artifact-index"], artifactType: types.example1 });
  const hollow = new Content("an artifact without layers");
  hollow.image({
    tags: ["artifact-without-layers"],
    artifactType: types.example1,
    annotations: nonce(),
    config: hollow.emptyJson(),
    layers: [hollow.emptyJson()],
  });
  return [artifact, index, hollow];
}

function withSubjects(): Content[] {
  const annotations = (): Record<string, string> => ({
    "org.opencontainers.conformance": "hello conformance test",
    ...nonce(),
  });
  const image = new Content("artifacts with a subject");
  const subject = image.image({ tags: ["image"] });
  image.image({ subject });
  for (const artifactType of [types.example1, types.example2]) {
    const tags = [`tagged-${artifactType.slice(-2)}`];
    image.artifact({ subject, artifactType, tags, annotations: annotations() });
  }
  const index = new Content("an index with a subject");
  index.platforms({
    subject: index.platforms({ tags: ["index"] }),
    artifactType: types.example1,
    tags: ["tagged-artifact"],
    annotations: annotations(),
  });
  const missing = new Content("an artifact whose subject is missing");
  missing.artifact({
    subject: { mediaType: types.image, digest: digest(randomBytes(8)), size: 123 },
    artifactType: types.example1,
    tags: ["tagged-artifact"],
    annotations: annotations(),
  });
  return [image, index, missing];
}

function oddities(): Content[] {
  const data = new Content("descriptors that carry their content", { hasData: true });
  data.image({ tags: ["data-field"] });
  const foreign = new Content("layers that may not be distributed");
  const elsewhere = [types.foreignGzip, types.foreign].map((mediaType) => {
    const name = digest(randomBytes(8));
    const urls = [`https://store.example.com/blobs/${name}`];
    return { mediaType, digest: name, size: 123_456, urls };
  });
  foreign.image({ tags: ["non-distributable"], layers: [...elsewhere, foreign.layer()] });
  const custom = new Content("fields that no spec knows");
  custom.platforms({ tags: ["custom-fields"], extra: { "org.example": { a: [1, null] } } });
  return [data, foreign, custom];
}

function digests(): Content[] {
  const sha512 = new Content("an index by sha512", { algorithm: "sha512" });
  sha512.platforms();
  return [
    sha512,
    ...(["sha256", "sha512"] as const).map((algorithm) => {
      const name = `tags given with the digest, by ${algorithm}`;
      const tagged = new Content(name, { algorithm, hasTagParameters: true });
      tagged.platforms({ tags: ["tag-param", "tag-param-2"] });
      return tagged;
    }),
  ];
}

/** Makes what carries it unlike anything that was pushed before. */
export function nonce(): Record<string, string> {
  return { "org.example.nonce": randomUUID() };
}
