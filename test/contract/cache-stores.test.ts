import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { localStore } from "../../src/cache/store/local-store.ts";
import { registryStore } from "../../src/cache/store/registry-store.ts";
import type { CacheStore } from "../../src/cache/store/store.ts";
import { verifyCache } from "../../src/cache/use/verify.ts";
import { type Digest, digestOf, hexOf } from "../../src/oci/digest.ts";
import { RegistryClient } from "../../src/registry/client.ts";
import { anonymous } from "../../src/registry/auth/credentials.ts";
import { registryKinds, startEmbedded } from "../support/registries.ts";

/** Somewhere that blobs and one tagged manifest can be put, as BuildKit puts them. */
interface Home extends AsyncDisposable {
  readonly store: CacheStore;
  putBlob(bytes: Buffer): Promise<void>;
  putTagged(bytes: Buffer, mediaType: string): Promise<void>;
}

const ociManifest = "application/vnd.oci.image.manifest.v1+json";
const ociIndex = "application/vnd.oci.image.index.v1+json";
const cacheConfig = "application/vnd.buildkit.cacheconfig.v0";
const layerType = "application/vnd.oci.image.layer.v1.tar+gzip";

const homes: readonly { readonly name: string; readonly open: () => Promise<Home> }[] = [
  ...registryKinds.map(({ name, start }) => ({
    name,
    open: async (): Promise<Home> => {
      const registry = await start();
      const client = new RegistryClient({ credentials: anonymous });
      const repository = { host: registry.host, path: "acme/cache" };
      return {
        store: registryStore(client, { ...repository, tag: "latest" }),
        putBlob: (bytes) => client.pushBlob(repository, descriptorOf(bytes, "x"), () => bytes),
        putTagged: async (bytes, mediaType) => {
          await client.putManifest(repository, { bytes, mediaType, tag: "latest" });
        },
        async [Symbol.asyncDispose]() {
          await client[Symbol.asyncDispose]();
          await registry[Symbol.asyncDispose]();
        },
      };
    },
  })),
  {
    name: "a local folder",
    open: async (): Promise<Home> => {
      const folder = await mkdtemp(join(tmpdir(), "layerkeep-cache-"));
      const blobs = join(folder, "blobs", "sha256");
      await mkdir(blobs, { recursive: true });
      const putBlob = (bytes: Buffer): Promise<void> =>
        writeFile(join(blobs, hexOf(digestOf(bytes))), bytes);
      const writeIndex = (manifests: readonly object[]): Promise<void> =>
        writeFile(join(folder, "index.json"), JSON.stringify({ schemaVersion: 2, manifests }));
      await writeIndex([]);
      return {
        store: localStore(folder),
        putBlob,
        putTagged: async (bytes, mediaType) => {
          await putBlob(bytes);
          const annotations = { "org.opencontainers.image.ref.name": "latest" };
          await writeIndex([{ ...descriptorOf(bytes, mediaType), annotations }]);
        },
        [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
      };
    },
  },
];

const layer = Buffer.from("a layer");
const second = Buffer.from("another layer");

function descriptorOf(bytes: Buffer, mediaType: string) {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

function configOf(parent: number): Buffer {
  return Buffer.from(
    JSON.stringify({
      layers: [
        { blob: digestOf(layer), parent: -1 },
        { blob: digestOf(second), parent },
      ],
      records: [{ digest: "sha256:key", layers: [{ layer: 1 }] }],
    }),
  );
}

function imageManifest(config: Buffer, layers: readonly Buffer[] = [layer, second]): Buffer {
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: ociManifest,
      config: descriptorOf(config, cacheConfig),
      layers: layers.map((bytes) => descriptorOf(bytes, layerType)),
    }),
  );
}

describe.each(homes)("a cache in $name", ({ open }) => {
  let home: Home;
  beforeEach(async () => {
    home = await open();
    for (const blob of [layer, second]) await home.putBlob(blob);
  });
  afterEach(() => home[Symbol.asyncDispose]());

  const problems = async (deep = false): Promise<readonly string[]> =>
    (await verifyCache(home.store, { deep })).problems.map(
      ({ kind, message }) => `${kind}: ${message.replaceAll(home.store.name, "CACHE")}`,
    );

  it("is undefined if there is no cache", async () => {
    expect(await home.store.read()).toBeUndefined();
    expect(await problems()).toEqual(["missing: CACHE: not found"]);
  });

  it("is read as an image manifest, and found whole", async () => {
    const config = configOf(0);
    await home.putBlob(config);
    const manifest = imageManifest(config);
    await home.putTagged(manifest, ociManifest);
    const cache = await home.store.read();
    expect(cache).toEqual({
      form: "image-manifest",
      config: {
        layers: [
          { blob: digestOf(layer), parent: -1 },
          { blob: digestOf(second), parent: 0 },
        ],
        records: [{ digest: "sha256:key", layers: [{ layer: 1 }], chains: [], inputs: [] }],
      },
      blobs: new Map(
        [layer, second].map((bytes) => [digestOf(bytes), descriptorOf(bytes, layerType)]),
      ),
      manifest: descriptorOf(manifest, ociManifest),
      configDescriptor: descriptorOf(config, cacheConfig),
      steps: new Map<Digest, string>(),
    });
    expect(await verifyCache(home.store, { deep: true })).toEqual({
      name: home.store.name,
      problems: [],
      blobs: 2,
      read: layer.length + second.length,
    });
  });

  it("tells what is wrong within its config", async () => {
    const config = configOf(5);
    await home.putBlob(config);
    await home.putTagged(imageManifest(config), ociManifest);
    expect(await problems()).toEqual(["parent: layers[1].parent is out of range: 5 of 2"]);
  });

  it("tells of a config that is cut off", async () => {
    const config = configOf(0).subarray(0, 40);
    await home.putBlob(config);
    await home.putTagged(imageManifest(config), ociManifest);
    expect(await problems()).toEqual([
      "unreadable: not a BuildKit cache config: invalid or truncated JSON",
    ]);
  });

  it("tells of a config over what BuildKit imports", async () => {
    const records = [{ digest: "d".repeat(2 << 20) }];
    const config = Buffer.from(JSON.stringify({ records }));
    await home.putBlob(config);
    await home.putTagged(imageManifest(config, []), ociManifest);
    expect(await problems()).toEqual([
      `too-large: the config is ${config.length} bytes, but BuildKit imports at most 1 MiB`,
    ]);
  });

  it("tells of an ordinary image for what it is", async () => {
    const config = Buffer.from('{"rootfs":{"diff_ids":[]}}');
    await home.putBlob(config);
    const manifest = {
      schemaVersion: 2,
      mediaType: ociManifest,
      config: descriptorOf(config, "application/vnd.oci.image.config.v1+json"),
      layers: [],
    };
    await home.putTagged(Buffer.from(JSON.stringify(manifest)), ociManifest);
    expect(await problems()).toEqual([
      "unreadable: CACHE is not a BuildKit cache: it is an image without a cache",
    ]);
  });

  it("reads an inline cache of an image, with what made its layers", async () => {
    const records = Buffer.from('[{"digest":"k","layers":[{"layer":1}]}]').toString("base64");
    const config = Buffer.from(
      JSON.stringify({
        rootfs: { diff_ids: [digestOf("1"), digestOf("2")] },
        history: [
          { created: "2026-01-02T03:04:05Z", created_by: "COPY a" },
          { created_by: "ENV", empty_layer: true },
          { created: "2026-01-02T03:04:06Z", created_by: "RUN b" },
        ],
        "moby.buildkit.cache.v0": records,
      }),
    );
    await home.putBlob(config);
    const manifest = {
      schemaVersion: 2,
      mediaType: ociManifest,
      config: descriptorOf(config, "application/vnd.oci.image.config.v1+json"),
      layers: [layer, second].map((bytes) => descriptorOf(bytes, layerType)),
    };
    await home.putTagged(Buffer.from(JSON.stringify(manifest)), ociManifest);
    const cache = await home.store.read();
    expect(cache?.form).toBe("inline");
    expect(cache?.config).toEqual({
      layers: [
        { blob: digestOf(layer), parent: -1 },
        { blob: digestOf(second), parent: 0 },
      ],
      records: [{ digest: "k", layers: [{ layer: 1 }], chains: [], inputs: [] }],
    });
    expect(cache?.blobs.get(digestOf(second))?.annotations).toEqual({
      "containerd.io/uncompressed": digestOf("2"),
      "buildkit/createdat": "2026-01-02T03:04:06Z",
    });
    expect([...(cache?.steps ?? [])]).toEqual([
      [digestOf(layer), "COPY a"],
      [digestOf(second), "RUN b"],
    ]);
    expect(await problems(true)).toEqual([]);
  });
});

describe("a cache that lacks what it begins with", () => {
  it("is told of where a registry has lost its config", async () => {
    await using registry = await startEmbedded();
    await using client = new RegistryClient({ credentials: anonymous });
    const repository = { host: registry.host, path: "acme/cache" };
    const config = configOf(0);
    for (const bytes of [layer, second, config]) {
      await client.pushBlob(repository, descriptorOf(bytes, "x"), () => bytes);
    }
    const put = { bytes: imageManifest(config), mediaType: ociManifest, tag: "latest" };
    await client.putManifest(repository, put);
    const url = `http://${registry.host}/v2/acme/cache/blobs/${digestOf(config)}`;
    expect((await fetch(url, { method: "DELETE" })).status).toBe(202);
    const store = registryStore(client, { ...repository, tag: "latest" });
    expect((await verifyCache(store)).problems).toEqual([
      { kind: "unreadable", message: `${store.name} is missing its config ${digestOf(config)}` },
    ]);
  });

  it("is told of where an index of images lacks one", async () => {
    const [, , local] = homes;
    if (local === undefined) throw new Error("there is a local home");
    await using home = await local.open();
    const child = descriptorOf(Buffer.from("{}"), ociManifest);
    const index = { schemaVersion: 2, mediaType: ociIndex, manifests: [child] };
    await home.putTagged(Buffer.from(JSON.stringify(index)), ociIndex);
    expect((await verifyCache(home.store)).problems).toEqual([
      {
        kind: "unreadable",
        message: `${home.store.name} is missing the child manifest ${child.digest}`,
      },
    ]);
  });
});

describe("a cache in a folder that was damaged", () => {
  it("tells of blobs that are gone, of another size, or of other bytes", async () => {
    const [, , local] = homes;
    if (local === undefined) throw new Error("there is a local home");
    await using home = await local.open();
    const config = configOf(0);
    await home.putBlob(config);
    await home.putTagged(imageManifest(config), ociManifest);
    expect((await verifyCache(home.store)).problems.map(({ kind }) => kind)).toEqual([
      "blob-missing",
      "blob-missing",
    ]);
    const [, folder = ""] = /src=(.*)$/.exec(home.store.name) ?? [];
    const fileOf = (blob: Buffer): string => join(folder, "blobs", "sha256", hexOf(digestOf(blob)));
    await writeFile(fileOf(layer), "short");
    await writeFile(fileOf(second), "another LAYER");
    expect((await verifyCache(home.store)).problems.map(({ kind }) => kind)).toEqual(["blob-size"]);
    expect(
      (await verifyCache(home.store, { deep: true })).problems.map(({ kind }) => kind),
    ).toEqual(["blob-size", "blob-content"]);
  });
});

describe("a cache in the form of an index", () => {
  it("is read from a folder: the config is its last entry, and each blob counts once", async () => {
    const [, , local] = homes;
    if (local === undefined) throw new Error("there is a local home");
    await using home = await local.open();
    const config = configOf(0);
    for (const blob of [layer, second, config]) await home.putBlob(blob);
    const manifests = [
      ...[layer, second, layer].map((bytes) => descriptorOf(bytes, layerType)),
      descriptorOf(config, cacheConfig),
    ];
    const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, manifests }));
    await home.putTagged(index, ociIndex);
    const cache = await home.store.read();
    expect(cache?.form).toBe("index");
    expect(cache?.blobs.size).toBe(2);
    expect(await verifyCache(home.store)).toMatchObject({ problems: [], blobs: 2 });
  });
});
