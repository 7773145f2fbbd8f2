import { createHash } from "node:crypto";
import * as fc from "fast-check";
import { type Digest, digestOf } from "../../../src/oci/digest.ts";
import type { Descriptor } from "../../../src/oci/manifest.ts";
import { mediaTypes } from "../../../src/oci/media-types.ts";
import { bytesOf } from "../images.ts";
import { putBlob, putManifest } from "./direct.ts";

/** A manifest of a random tree. Numbers name blobs of the tree's pool. */
type Node =
  | {
      readonly kind: "image";
      readonly layers: readonly number[];
      readonly docker: boolean;
      /** A layer that is fetched from its own URL, and is in no registry. */
      readonly foreign: boolean;
      /** The next one in an index, with BuildKit's annotations, is about it. */
      readonly attested: boolean;
      /** Referred to by a sha512 digest, where the registry can do that. */
      readonly sha512: boolean;
      /** How many signatures refer to it. */
      readonly referrers: number;
    }
  | { readonly kind: "index"; readonly children: readonly Node[]; readonly referrers: number }
  /** A BuildKit cache in the form of an index: blobs where manifests should be. */
  | { readonly kind: "cache"; readonly blobs: readonly number[] };

export interface TreeSpec {
  /** Sizes of the blobs that all of the tree share. Bytes. */
  readonly pool: readonly number[];
  readonly root: Node;
}

interface BuiltManifest {
  readonly digest: Digest;
  readonly bytes: Buffer;
  readonly mediaType: string;
}

export interface Tree {
  readonly root: Descriptor;
  readonly blobs: ReadonlyMap<Digest, Buffer>;
  /** Children first, and what refers to a manifest after it. */
  readonly manifests: readonly BuiltManifest[];
  /** What refers to a manifest of the tree. */
  readonly referrers: readonly { readonly subject: Digest; readonly digest: Digest }[];
}

const blobSize = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0) },
  { weight: 60, arbitrary: fc.integer({ min: 1, max: 3000 }) },
  { weight: 20, arbitrary: fc.integer({ min: 3000, max: 100_000 }) },
  // Above what is read whole before it is sent, and above the largest piece after a 413.
  { weight: 6, arbitrary: fc.integer({ min: 256 << 10, max: 900_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 1 << 20, max: 3 << 20 }) },
);

const image = fc.record({
  kind: fc.constant("image" as const),
  layers: fc.array(fc.nat(7), { maxLength: 4 }),
  docker: rarely(4),
  foreign: rarely(6),
  attested: rarely(2),
  sha512: rarely(6),
  referrers: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 2 })),
});

const cache = fc.record({
  kind: fc.constant("cache" as const),
  blobs: fc.array(fc.nat(7), { maxLength: 4 }),
});

function indexOver(children: fc.Arbitrary<Node>): fc.Arbitrary<Node> {
  return fc.record({
    kind: fc.constant("index" as const),
    children: fc.array(children, { maxLength: 3 }),
    referrers: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.constant(1)),
  });
}

const leaf: fc.Arbitrary<Node> = fc.oneof({ weight: 8, arbitrary: image }, cache);
const inner = indexOver(leaf);

/** Images alone, indexes, indexes of indexes, caches, with what refers to them. */
export const treeSpecs: fc.Arbitrary<TreeSpec> = fc.record({
  pool: fc.array(blobSize, { minLength: 1, maxLength: 6 }),
  root: fc.oneof(
    { weight: 2, arbitrary: leaf },
    { weight: 4, arbitrary: inner },
    { weight: 1, arbitrary: indexOver(fc.oneof(leaf, inner)) },
  ),
});

function rarely(oneIn: number): fc.Arbitrary<boolean> {
  return fc.nat(oneIn - 1).map((drawn) => drawn === oneIn - 1);
}

/**
 * The bytes of a tree: the same for the same specification and salt. `all` is false for a registry
 * that takes neither sha512 nor layers that are elsewhere.
 */
export function buildTree(spec: TreeSpec, salt: string, all: boolean): Tree {
  const blobs = new Map<Digest, Buffer>();
  const manifests: BuiltManifest[] = [];
  const referrers: Tree["referrers"][number][] = [];

  const blob = (bytes: Buffer, mediaType: string): Descriptor => {
    const digest = digestOf(bytes);
    blobs.set(digest, bytes);
    return { mediaType, digest, size: bytes.length };
  };
  const pooled = (drawn: number, mediaType: string): Descriptor => {
    const at = drawn % spec.pool.length;
    return blob(bytesOf(`${salt} ${at}`, spec.pool[at] ?? 0), mediaType);
  };
  const manifest = (content: object, mediaType: string, sha512 = false): Descriptor => {
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...content }));
    const digest: Digest =
      sha512 && all
        ? `sha512:${createHash("sha512").update(bytes).digest("hex")}`
        : digestOf(bytes);
    manifests.push({ digest, bytes, mediaType });
    return { mediaType, digest, size: bytes.length };
  };
  const refer = (subject: Descriptor, count: number): void => {
    for (let number = 0; number < count; number++) {
      const config = blob(Buffer.from("{}"), mediaTypes.ociEmpty);
      const layers = [blob(bytesOf(`${salt} signature ${number}`, 100), "application/signature")];
      const artifactType = "application/vnd.example.signature";
      const content = { artifactType, config, layers, subject };
      const { digest } = manifest(content, mediaTypes.ociManifest);
      referrers.push({ subject: subject.digest, digest });
    }
  };

  const imageOf = (node: Node & { kind: "image" }): Descriptor[] => {
    const { docker } = node;
    const layerType = docker
      ? "application/vnd.docker.image.rootfs.diff.tar.gzip"
      : mediaTypes.ociLayerGzip;
    const foreign = {
      ...{ digest: digestOf(`${salt} foreign`), size: 1234, urls: ["https://example.com/layer"] },
      mediaType: docker
        ? "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
        : "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
    };
    const layers = node.layers.map((drawn) => pooled(drawn, layerType));
    const config = blob(
      Buffer.from(JSON.stringify({ os: "linux", architecture: "amd64", layers: layers.length })),
      docker ? mediaTypes.dockerConfig : mediaTypes.ociConfig,
    );
    const content = { config, layers: node.foreign && all ? [foreign, ...layers] : layers };
    const type = docker ? mediaTypes.dockerManifest : mediaTypes.ociManifest;
    const made = manifest(content, type, node.sha512);
    refer(made, node.referrers);
    if (!node.attested) return [made];
    const statement = Buffer.from(JSON.stringify({ about: made.digest }));
    const attestation = manifest(
      {
        config: blob(Buffer.from("{}"), mediaTypes.ociConfig),
        layers: [blob(statement, mediaTypes.inToto)],
      },
      mediaTypes.ociManifest,
    );
    const annotations = {
      "vnd.docker.reference.type": "attestation-manifest",
      "vnd.docker.reference.digest": made.digest,
    };
    return [made, { ...attestation, annotations }];
  };

  /** A descriptor, and what is beside it in an index. */
  const build = (node: Node): Descriptor[] => {
    if (node.kind === "image") return imageOf(node);
    if (node.kind === "cache") {
      const layers = node.blobs.map((drawn) => pooled(drawn, mediaTypes.ociLayerGzip));
      const config = blob(Buffer.from(`{"layers":[],"s":"${salt}"}`), mediaTypes.buildkitCache);
      return [manifest({ manifests: [...layers, config] }, mediaTypes.ociIndex)];
    }
    const children = node.children.flatMap(build);
    const made = manifest({ manifests: children }, mediaTypes.ociIndex);
    refer(made, node.referrers);
    return [made];
  };

  const root = { ...spec.root, ...(spec.root.kind === "image" ? { sha512: false } : {}) };
  const [top] = build(root);
  if (top === undefined) throw new Error("a tree has a root");
  return { root: top, blobs, manifests, referrers };
}

/** Puts a tree into a repository, all of it, and the tag on its root. */
export async function pushTree(host: string, path: string, tree: Tree, tag: string): Promise<void> {
  await Promise.all([...tree.blobs].map(([digest, bytes]) => putBlob(host, path, digest, bytes)));
  for (const manifest of tree.manifests) await putManifest(host, path, manifest.digest, manifest);
  const root = tree.manifests.find(({ digest }) => digest === tree.root.digest);
  if (root !== undefined) await putManifest(host, path, tag, root);
}
