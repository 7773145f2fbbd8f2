import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CacheContent, CacheForm } from "../../src/cache/content.ts";
import { localStore } from "../../src/cache/store/local-store.ts";
import { registryStore } from "../../src/cache/store/registry-store.ts";
import type { BlobSource, WritableCacheStore } from "../../src/cache/store/store.ts";
import { diffCaches } from "../../src/cache/use/diff.ts";
import { verifyCache } from "../../src/cache/use/verify.ts";
import { digestOf } from "../../src/oci/digest.ts";
import { anonymous } from "../../src/registry/auth/credentials.ts";
import { RegistryClient } from "../../src/registry/client.ts";
import { main, startTestGithubCache } from "../support/github-cache.ts";
import { registryKinds } from "../support/registries.ts";

/** What holds of every place that a cache can be written to. */

interface Home extends AsyncDisposable {
  readonly store: WritableCacheStore;
}

const forms: readonly CacheForm[] = ["image-manifest", "index", "inline"];

const homes: readonly { readonly name: string; readonly open: () => Promise<Home> }[] = [
  ...registryKinds.flatMap(({ name, start }) =>
    forms.map((form) => ({
      name: `${name}, as ${form}`,
      open: async (): Promise<Home> => {
        const registry = await start();
        const client = new RegistryClient({ credentials: anonymous });
        return {
          store: registryStore(client, { host: registry.host, path: "acme/cache" }, form),
          async [Symbol.asyncDispose]() {
            await client[Symbol.asyncDispose]();
            await registry[Symbol.asyncDispose]();
          },
        };
      },
    })),
  ),
  {
    name: "GitHub's service",
    open: async (): Promise<Home> => {
      const service = await startTestGithubCache();
      const store = service.store("app", main);
      return { store, [Symbol.asyncDispose]: () => service[Symbol.asyncDispose]() };
    },
  },
  {
    name: "a local folder",
    open: async (): Promise<Home> => {
      const folder = await mkdtemp(join(tmpdir(), "layerkeep-cache-"));
      return {
        store: localStore(join(folder, "cache")),
        [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
      };
    },
  },
];

const bytesOf = new Map(
  ["a layer", "another layer", "a third"].map((text) => {
    const bytes = Buffer.from(text);
    return [digestOf(bytes), bytes] as const;
  }),
);
const digests = [...bytesOf.keys()];

/** A cache of the first so many layers, each on the one before it. */
function cacheOf(layers: number): CacheContent {
  const used = digests.slice(0, layers);
  return {
    config: {
      layers: used.map((blob, at) => ({ blob, parent: at - 1 })),
      records: used.map((_, at) => ({
        digest: `sha256:key-${at}`,
        layers: [{ layer: at, createdAt: "2026-01-02T03:04:05Z" }],
        chains: [],
        inputs: at === 0 ? [] : [[{ link: at - 1, selector: "/src" }]],
      })),
    },
    blobs: new Map(
      used.map((digest) => [
        digest,
        {
          mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
          digest,
          size: bytesOf.get(digest)?.length ?? 0,
          annotations: {
            "containerd.io/uncompressed": digestOf(`tar of ${digest}`),
            "buildkit/createdat": "2026-01-02T03:04:05Z",
          },
        },
      ]),
    ),
  };
}

const source: BlobSource = {
  openBlob: ({ digest }) => Promise.resolve(Readable.from([bytesOf.get(digest) ?? ""])),
};

describe.each(homes)("a cache that is written to $name", ({ open }) => {
  let home: Home;
  beforeEach(async () => {
    home = await open();
  });
  afterEach(() => home[Symbol.asyncDispose]());

  it("is read again with all that it says", async () => {
    const { store } = home;
    expect(await store.read()).toBeUndefined();
    const cache = cacheOf(3);
    const { manifest } = await store.write(cache, source);
    const read = await store.read();
    if (read === undefined) throw new Error("not found");
    expect({ form: read.form, digest: read.manifest.digest }).toEqual({
      form: store.form,
      digest: manifest.digest,
    });
    expect(read.blobs).toEqual(cache.blobs);
    const same = { ...read, ...cache };
    expect(diffCaches(same, read)).toMatchObject({ records: { gone: 0, new: 0 }, parts: [] });
    expect(await verifyCache(store, { deep: true })).toMatchObject({ problems: [], blobs: 3 });
  });

  it("is sent once, and what changes takes its place", async () => {
    const { store } = home;
    await store.write(cacheOf(2), source);
    const outcomes: string[] = [];
    const onBlob = (_: unknown, how: string): void => void outcomes.push(how);
    await store.write(cacheOf(3), source, { onBlob });
    expect(outcomes.sort()).toEqual(["copied", "there", "there"]);
    expect((await store.read())?.config.records).toHaveLength(3);
  });

  it("stays what it was where the next one's blobs cannot be read", async () => {
    const { store } = home;
    const { manifest } = await store.write(cacheOf(2), source);
    const broken: BlobSource = { openBlob: () => Promise.reject(new Error("unplugged")) };
    await expect(store.write(cacheOf(3), broken)).rejects.toThrow("unplugged");
    const cut: BlobSource = { openBlob: () => Promise.resolve(Readable.from(["a th"])) };
    await expect(store.write(cacheOf(3), cut)).rejects.toThrow();
    expect((await store.read())?.manifest.digest).toBe(manifest.digest);
    expect((await verifyCache(store, { deep: true })).problems).toEqual([]);
  });
});

it("a folder keeps other tags, and no part of a file", async () => {
  await using home = await (homes.at(-1)?.open() ?? Promise.reject(new Error("no folder")));
  const folder = /src=(.*)$/.exec(home.store.name)?.[1] ?? "";
  const other = localStore(folder, { tag: "other" });
  await home.store.write(cacheOf(1), source);
  await other.write(cacheOf(2), source);
  await home.store.write(cacheOf(3), source);
  expect((await other.read())?.config.records).toHaveLength(2);
  expect((await home.store.read())?.config.records).toHaveLength(3);
  const files = await readdir(folder, { recursive: true });
  expect(files.filter((file) => file.endsWith(".part"))).toEqual([]);
});

it("nothing is written that an engine would not import", async () => {
  await using home = await (homes.at(-1)?.open() ?? Promise.reject(new Error("no folder")));
  const records = [{ digest: "d".repeat(2 << 20), layers: [], chains: [], inputs: [] }];
  const huge = { config: { layers: [], records }, blobs: new Map() };
  await expect(home.store.write(huge, source)).rejects.toThrow("BuildKit imports at most 1 MiB");
  expect(await home.store.read()).toBeUndefined();
});
