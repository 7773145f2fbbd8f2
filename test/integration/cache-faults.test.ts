import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { StoredCache } from "../../src/cache/content.ts";
import type {
  CacheConfigV0,
  CacheLayer,
  CacheRecord,
} from "../../src/cache/format/cache-config.ts";
import { writeCacheConfig } from "../../src/cache/format/write-cache-config.ts";
import { findFaults, requireSound } from "../../src/cache/graph/faults.ts";
import { registryStore } from "../../src/cache/store/registry-store.ts";
import { digestOf } from "../../src/oci/digest.ts";
import { mediaTypes } from "../../src/oci/media-types.ts";
import { anonymous } from "../../src/registry/auth/credentials.ts";
import { RegistryClient } from "../../src/registry/client.ts";
import { countSteps } from "../support/count-steps.ts";
import { testEngine } from "../support/engine.ts";
import { type PrivateEngine, startPrivateEngine } from "../support/private-engine.ts";

/** What is said of broken caches, beside what an engine makes of them. */

const { buildx, baseImage, registries } = testEngine();
const [host] = registries;
const path = "cache-faults/app";
const client = new RegistryClient({ credentials: anonymous });
let own: PrivateEngine;
let dir: string;
let whole: StoredCache;

beforeAll(async () => {
  own = await startPrivateEngine();
  dir = await mkdtemp(join(tmpdir(), "layerkeep-faults-"));
  const lines = [
    `FROM ${baseImage.reference}`,
    "RUN head -c 1000 /dev/urandom > /a",
    "RUN head -c 1000 /dev/urandom > /b",
    "RUN head -c 1000 /dev/urandom > /c",
  ];
  await writeFile(join(dir, "Dockerfile"), `${lines.join("\n")}\n`);
  await build(`--cache-to=type=registry,ref=${host}/${path}:whole,mode=max`);
  const cache = await registryStore(client, { host, path, tag: "whole" }).read();
  if (cache === undefined) throw new Error("the engine wrote no cache");
  whole = cache;
});
afterAll(async () => {
  await client[Symbol.asyncDispose]();
  await own[Symbol.asyncDispose]();
  await rm(dir, { recursive: true, force: true });
});

async function build(flag: string): Promise<string> {
  const args = ["build", "--progress=rawjson", "--output=type=cacheonly", flag, dir];
  return (await promisify(execFile)(buildx, args, { env: { ...process.env, ...own.env } })).stderr;
}

/** How many of the three steps an emptied engine takes from a cache. */
async function cachedFrom(tag: string): Promise<number> {
  await own.engine.emptyCache();
  const said = await build(`--cache-from=type=registry,ref=${host}/${path}:${tag}`);
  return countSteps(said).cached;
}

type Change = (config: CacheConfigV0) => Partial<CacheConfigV0> & {
  /** A layer that the manifest does not list. */
  readonly unlisted?: number;
};

/** Puts a changed cache under a tag, as a disk or a program that is wrong might have left it. */
async function put(tag: string, change: Change): Promise<StoredCache> {
  const { unlisted, ...changed } = change(whole.config);
  const config = { ...whole.config, ...changed };
  const bytes = writeCacheConfig(config);
  const descriptor = {
    mediaType: mediaTypes.buildkitCache,
    digest: digestOf(bytes),
    size: bytes.length,
  };
  await client.pushBlob({ host, path }, descriptor, () => bytes);
  const left = unlisted === undefined ? undefined : config.layers[unlisted]?.blob;
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: descriptor,
    layers: [...whole.blobs.values()].filter(({ digest }) => digest !== left),
  };
  await client.putManifest(
    { host, path },
    { bytes: Buffer.from(JSON.stringify(manifest)), mediaType: mediaTypes.ociManifest, tag },
  );
  const stored = await registryStore(client, { host, path, tag }).read();
  if (stored === undefined) throw new Error("the cache was not put");
  return stored;
}

const more = (config: CacheConfigV0, record: Partial<CacheRecord>): Partial<CacheConfigV0> => ({
  records: [...config.records, { digest: "x", layers: [], chains: [], inputs: [], ...record }],
});
const blobOf = ({ layers }: CacheConfigV0): CacheLayer["blob"] => layers[0]?.blob ?? "sha256:";
const layersAnd = (
  config: CacheConfigV0,
  ...parents: readonly number[]
): Partial<CacheConfigV0> => {
  const added = parents.map((parent) => ({ blob: blobOf(config), parent }));
  return { layers: [...config.layers, ...added] };
};
/** The position of the layer that the last step left: nothing lies on it. */
const topOf = ({ layers }: CacheConfigV0): number =>
  [...layers.keys()].find((at) => !layers.some(({ parent }) => parent === at)) ?? -1;

it.each<[string, Change]>([
  ["nothing wrong", () => ({})],
  ["a bad parent in a layer that no record uses", (c) => layersAnd(c, 99)],
  ["a circle of layers that no record uses", (c) => layersAnd(c, c.layers.length)],
  ["an unknown record beside the others", (c) => more(c, {})],
])("with %s, an engine imports all, and no fault is found", async (name, change) => {
  const tag = name.replaceAll(" ", "-");
  const cache = await put(tag, change);
  expect({ cached: await cachedFrom(tag), faults: findFaults(cache) }).toEqual({
    cached: 3,
    faults: [],
  });
});

it("with a layer that no descriptor lists, an engine passes that result over and imports the rest", async () => {
  const cache = await put("unlisted", (config) => ({ unlisted: topOf(config) }));
  expect(await cachedFrom("unlisted")).toBe(2);
  expect(findFaults(cache)).toMatchObject([{ kind: "blob", fatal: false }]);
  const usable = requireSound(cache, "c");
  expect(usable.config.layers.length).toBe(cache.config.layers.length - 1);
});

it.each<[string, Change]>([
  ["an input that leads nowhere", (c) => more(c, { inputs: [[]] })],
  ["a link out of range", (c) => more(c, { inputs: [[{ link: 99 }]] })],
  ["a record that follows from itself", (c) => more(c, { inputs: [[{ link: c.records.length }]] })],
  ["a result out of range", (c) => more(c, { layers: [{ layer: 99 }] })],
  ["a chain out of range", (c) => more(c, { chains: [{ layers: [-2] }] })],
  [
    "a bad parent in a layer that a record uses",
    (c) => ({ ...more(c, { layers: [{ layer: c.layers.length }] }), ...layersAnd(c, 99) }),
  ],
  [
    "a circle of layers that a record uses",
    (c) => ({
      ...more(c, { layers: [{ layer: c.layers.length }] }),
      ...layersAnd(c, c.layers.length),
    }),
  ],
  [
    "a link to a random record",
    (c) => ({
      records: [
        ...c.records,
        { digest: "random:1", layers: [], chains: [], inputs: [] },
        { digest: "y", layers: [], chains: [], inputs: [[{ link: c.records.length }]] },
      ],
    }),
  ],
])("with %s, an engine refuses the whole cache, and the fault is fatal", async (name, change) => {
  const tag = name.replaceAll(" ", "-");
  const cache = await put(tag, change);
  expect(await cachedFrom(tag)).toBe(0);
  expect(findFaults(cache)).toMatchObject([{ fatal: true }]);
});
