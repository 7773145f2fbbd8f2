import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { StoredCache } from "../../src/cache/content.ts";
import { requireSound } from "../../src/cache/graph/faults.ts";
import { localStore } from "../../src/cache/store/local-store.ts";
import { registryStore } from "../../src/cache/store/registry-store.ts";
import type { CacheStore } from "../../src/cache/store/store.ts";
import { diffCaches } from "../../src/cache/use/diff.ts";
import { inspectCache } from "../../src/cache/use/inspect.ts";
import { verifyCache } from "../../src/cache/use/verify.ts";
import { anonymous } from "../../src/registry/auth/credentials.ts";
import { RegistryClient } from "../../src/registry/client.ts";
import { testEngine } from "../support/engine.ts";

/** Caches as the engine itself writes them, of a build of two stages and two platforms. */

const { buildx, env, baseImage, registries } = testEngine();
const [host] = registries;
const path = "cache-homes/app";
const client = new RegistryClient({ credentials: anonymous });
const inRegistry = (tag: string): CacheStore => registryStore(client, { host, path, tag });
let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "layerkeep-homes-"));
  await mkdir(join(dir, "context"));
  const { reference } = baseImage;
  const lines = [
    `FROM ${reference} AS first`,
    "RUN head -c 300000 /dev/urandom > /big",
    "COPY src /src",
    `FROM ${reference}`,
    "COPY --from=first /big /big",
    "RUN echo done > /done",
  ];
  await writeFile(join(dir, "context", "Dockerfile"), `${lines.join("\n")}\n`);
  await writeFile(join(dir, "context", "src"), "source\n");
  const build = (...args: string[]): Promise<unknown> => {
    const platforms = "--platform=linux/amd64,linux/arm64";
    const all = ["build", platforms, ...args, join(dir, "context")];
    return promisify(execFile)(buildx, all, { env: { ...process.env, ...env } });
  };
  await build(
    `--cache-to=type=registry,ref=${host}/${path}:max,mode=max`,
    `--cache-to=type=registry,ref=${host}/${path}:index,mode=min,image-manifest=false`,
    "--cache-to=type=inline",
    `--tag=${host}/${path}:image`,
    "--push",
  );
  // In a build of its own: another exporter of the same build may take the zstd layers, too.
  const local = `type=local,dest=${join(dir, "local")}`;
  await build(`--cache-to=${local},mode=max,compression=zstd,force-compression=true`);
});

afterAll(async () => {
  await client[Symbol.asyncDispose]();
  await rm(dir, { recursive: true, force: true });
});

const gzip = "application/vnd.oci.image.layer.v1.tar+gzip";
const zstd = "application/vnd.oci.image.layer.v1.tar+zstd";

describe.each([
  { home: "max", open: () => inRegistry("max"), form: "image-manifest", type: gzip },
  { home: "index", open: () => inRegistry("index"), form: "index", type: gzip },
  { home: "image", open: () => inRegistry("image"), form: "inline", type: gzip },
  { home: "local", open: () => localStore(join(dir, "local")), form: "image-manifest", type: zstd },
])("the cache $home", ({ open, form, type }) => {
  it("is read for what it is, and is whole to the last byte", async () => {
    const store = open();
    const cache = requireSound(await need(store), store.name);
    const { size, mediaTypes, problems, form: found } = inspectCache(cache);
    expect({ form: found, types: Object.keys(mediaTypes), problems }).toEqual({
      form,
      types: [type],
      problems: [],
    });
    expect(size.blobs).toBeGreaterThan(600_000);
    expect(await verifyCache(store, { deep: true })).toEqual({
      name: store.name,
      problems: [],
      blobs: cache.blobs.size,
      read: size.blobs,
    });
  });

  it("has the copied file for both platforms among its biggest steps", async () => {
    const { steps } = inspectCache(await need(open()));
    expect(steps.filter(({ bytes }) => bytes >= 300_000).length).toBeGreaterThanOrEqual(2);
  });
});

it("the inline cache names its steps by the image's history", async () => {
  const { steps } = inspectCache(await need(inRegistry("image")));
  expect(steps.map(({ name }) => name)).toContain("COPY /big /big # buildkit");
});

it("what the engine exports with mode=max has each key that it exports with mode=min", async () => {
  const [min, max] = await Promise.all([need(inRegistry("index")), need(inRegistry("max"))]);
  const { parts, records, blobs } = diffCaches(max, min);
  expect({ parts, new: records.new, blobs: blobs.new }).toEqual({
    parts: [],
    new: 0,
    blobs: { count: 0, bytes: 0 },
  });
});

async function need(store: CacheStore): Promise<StoredCache> {
  const cache = await store.read();
  if (cache === undefined) throw new Error(`${store.name}: not found`);
  return cache;
}
