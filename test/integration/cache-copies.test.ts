import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CacheForm } from "../../src/cache/content.ts";
import { localStore } from "../../src/cache/store/local-store.ts";
import { registryStore } from "../../src/cache/store/registry-store.ts";
import type { WritableCacheStore } from "../../src/cache/store/store.ts";
import { copyCache, writeFrom } from "../../src/cache/use/copy.ts";
import { inspectCache } from "../../src/cache/use/inspect.ts";
import { mergeCaches } from "../../src/cache/graph/merge.ts";
import { trimCache } from "../../src/cache/use/trim.ts";
import { verifyCache } from "../../src/cache/use/verify.ts";
import { anonymous } from "../../src/registry/auth/credentials.ts";
import { RegistryClient } from "../../src/registry/client.ts";
import { countSteps } from "../support/count-steps.ts";
import { testEngine } from "../support/engine.ts";
import { main, startTestGithubCache, type TestGithubCache } from "../support/github-cache.ts";
import type { Scope } from "../../src/server/github-cache/token.ts";
import { type PrivateEngine, startPrivateEngine } from "../support/private-engine.ts";
import { startEmbedded, type TestRegistry } from "../support/registries.ts";

/** Caches that the engine wrote, copied to each other home, and imported by an emptied engine. */

const { buildx, baseImage, registries } = testEngine();
const [host] = registries;
const path = "cache-copies/app";
const client = new RegistryClient({ credentials: anonymous });
const steps = { done: 5, cached: 5 };
const platforms = "--platform=linux/amd64,linux/arm64";
let own: PrivateEngine;
let github: TestGithubCache;
let other: TestRegistry;
let dir: string;

beforeAll(async () => {
  own = await startPrivateEngine();
  other = await startEmbedded();
  github = await startTestGithubCache();
  dir = await mkdtemp(join(tmpdir(), "layerkeep-copies-"));
  await mkdir(join(dir, "context"));
  const lines = [
    `FROM ${baseImage.reference} AS first`,
    "RUN head -c 300000 /dev/urandom > /big",
    "COPY src /src",
    `FROM ${baseImage.reference}`,
    "COPY --from=first /big /big",
    "RUN echo done > /done",
    "WORKDIR /work",
  ];
  await writeFile(join(dir, "context", "Dockerfile"), `${lines.join("\n")}\n`);
  await writeFile(join(dir, "context", "src"), "source\n");
  const max = "mode=max,image-manifest";
  await build(
    `--cache-to=type=registry,ref=${host}/${path}:manifest,${max}=true`,
    `--cache-to=type=registry,ref=${host}/${path}:index,${max}=false`,
    `--cache-to=type=registry,ref=${host}/${path}:min,mode=min`,
    `--cache-to=type=local,dest=${join(dir, "local")},mode=max,compression=zstd,force-compression=true`,
    "--cache-to=type=gha,scope=app,mode=max",
    "--cache-to=type=gha,scope=app-min,mode=min,compression=zstd,force-compression=true",
    "--cache-to=type=inline",
    `--tag=${host}/${path}:image`,
    "--push",
  );
  // In builds of their own: of several exports that differ in such ways, a folder may get nothing.
  await build(`--cache-to=type=local,dest=${join(dir, "local-min")},mode=min`);
  await build(
    platforms,
    `--cache-to=type=registry,ref=${host}/${path}:platforms,mode=max`,
    `--cache-to=type=local,dest=${join(dir, "local-platforms")},mode=max`,
    "--cache-to=type=gha,scope=platforms,mode=max",
    "--output=type=cacheonly",
  );
  const zstd = "mode=max,compression=zstd,force-compression=true";
  await build(
    platforms,
    `--cache-to=type=registry,ref=${host}/${path}:platforms-zstd,${zstd}`,
    "--output=type=cacheonly",
  );
  await build(platforms, "--cache-to=type=inline", `--tag=${host}/${path}:images`, "--push");
}, 240_000);

afterAll(async () => {
  await client[Symbol.asyncDispose]();
  await github[Symbol.asyncDispose]();
  await other[Symbol.asyncDispose]();
  await own[Symbol.asyncDispose]();
  await rm(dir, { recursive: true, force: true });
});

/** The instructions of the build, and those that were cached. */
function build(...flags: readonly string[]): Promise<ReturnType<typeof countSteps>> {
  return buildAs([main], ...flags);
}

/** In a job whose token is for these refs. */
async function buildAs(
  scopes: readonly Scope[],
  ...flags: readonly string[]
): Promise<ReturnType<typeof countSteps>> {
  const args = ["build", "--progress=rawjson", ...flags, join(dir, "context")];
  const { stderr } = await promisify(execFile)(buildx, args, {
    env: { ...process.env, ...own.env, ...github.env(...scopes) },
    maxBuffer: 16 << 20,
  });
  return countSteps(stderr);
}

const inRegistry = (tag: string, form?: CacheForm, at: string = host): WritableCacheStore =>
  registryStore(client, { host: at, path, tag }, form);
const inFolder = (name: string): WritableCacheStore => localStore(join(dir, name));
const inService = (scope: string): WritableCacheStore => github.store(scope, main);

/** What an emptied engine makes of the cache. */
async function warmFrom(
  store: WritableCacheStore,
  ...flags: readonly string[]
): Promise<ReturnType<typeof countSteps>> {
  await own.engine.emptyCache();
  return build(`--cache-from=${store.name}`, ...flags);
}

const wholes = [
  { name: "an image manifest", open: () => inRegistry("manifest") },
  { name: "an index", open: () => inRegistry("index") },
  { name: "a folder of zstd layers", open: () => inFolder("local") },
  { name: "GitHub's service", open: () => inService("app") },
];

/** Of what mode=min and an image keep, the engine makes less than all. */
const parts = [
  { name: "mode=min", open: () => inRegistry("min") },
  { name: "mode=min in a folder", open: () => inFolder("local-min") },
  { name: "mode=min in GitHub's service, in zstd", open: () => inService("app-min") },
  { name: "an image with an inline cache", open: () => inRegistry("image") },
];

const ofPlatforms = [
  { name: "an image manifest", open: () => inRegistry("platforms") },
  { name: "an image manifest of zstd layers", open: () => inRegistry("platforms-zstd") },
  { name: "a folder", open: () => inFolder("local-platforms") },
  { name: "GitHub's service", open: () => inService("platforms") },
];

const targets = [
  { to: "an image manifest", open: (id: string) => inRegistry(id, "image-manifest", other.host) },
  { to: "an index", open: (id: string) => inRegistry(id, "index", other.host) },
  { to: "the same registry", open: (id: string) => inRegistry(`copy-${id}`) },
  { to: "a folder", open: (id: string) => inFolder(`copy-${id}`) },
  { to: "an image", open: (id: string) => inRegistry(id, "inline", other.host) },
  { to: "GitHub's service", open: (id: string) => inService(id) },
];

function targetsOf(source: string, of = targets) {
  return of.map((target, to) => ({ ...target, id: `${source}-${to}` }));
}

/** One for each home: the others differ in how blobs get there, and that is seen with one source. */
const eachHome = targets.filter(({ to }) => !["an index", "the same registry"].includes(to));

async function copied(from: WritableCacheStore, to: WritableCacheStore): Promise<void> {
  await copyCache(from, to);
  expect((await verifyCache(from, { deep: true })).problems).toEqual([]);
  expect((await verifyCache(to, { deep: true })).problems).toEqual([]);
  const [source, target] = await Promise.all([from.read(), to.read()]);
  if (source === undefined || target === undefined) throw new Error("not found");
  const { records, layers, results } = inspectCache(target);
  const expected = inspectCache(source);
  expect({ records, results }).toEqual({ records: expected.records, results: expected.results });
  expect(layers).toBeGreaterThan(0);
}

describe.each(wholes.map((source, at) => ({ ...source, at })))("from $name", ({ at, open }) => {
  it.each(targetsOf(`whole-${at}`))("to $to, with every step", async ({ id, open: openTarget }) => {
    const target = openTarget(id);
    await copied(open(), target);
    expect(await warmFrom(target)).toEqual(steps);
  });
});

describe.each(parts.map((source, at) => ({ ...source, at })))("from $name", ({ at, open }) => {
  let expected: ReturnType<typeof countSteps>;
  beforeAll(async () => {
    expected = await warmFrom(open());
    expect(expected.cached).toBeGreaterThan(0);
  });

  it.each(targetsOf(`part-${at}`, eachHome))("to $to, with the steps that it has", async (to) => {
    const target = to.open(to.id);
    await copied(open(), target);
    expect(await warmFrom(target)).toEqual(expected);
  });
});

describe.each(ofPlatforms.map((source, at) => ({ ...source, at })))(
  "from $name with two platforms",
  ({ at, open }) => {
    it.each(targetsOf(`platforms-${at}`, eachHome))(
      "to $to, with every step of both",
      async (to) => {
        const target = to.open(to.id);
        await copied(open(), target);
        const warm = await warmFrom(target, platforms, "--output=type=cacheonly");
        expect(warm).toEqual({ done: 2 * steps.done, cached: 2 * steps.cached });
      },
    );
  },
);

describe("from an index of images with inline caches", () => {
  it.each(targetsOf("images", eachHome))("to $to, with the steps that it has", async (to) => {
    const cacheonly = "--output=type=cacheonly";
    const expected = await warmFrom(inRegistry("images"), platforms, cacheonly);
    expect(expected.cached).toBeGreaterThan(0);
    const target = to.open(to.id);
    await copied(inRegistry("images"), target);
    expect(await warmFrom(target, platforms, cacheonly)).toEqual(expected);
  });
});

it("serves the engine what a job's token may read, and nothing of a sibling's", async () => {
  const feature = { ref: "refs/heads/feature", writes: true };
  const read = { ...main, writes: false };
  await own.engine.emptyCache();
  expect(await buildAs([feature, read], "--cache-from=type=gha,scope=app")).toEqual(steps);
  await own.engine.emptyCache();
  const alone = await buildAs([feature], "--cache-from=type=gha,scope=app");
  expect(alone).toEqual({ done: steps.done, cached: 0 });
  await buildAs([feature, read], "--cache-to=type=gha,scope=own,mode=max");
  expect(await github.store("own", feature, read).read()).toBeDefined();
  expect(await github.store("own", main).read()).toBeUndefined();
});

it("mends a cache of two platforms in place, so that engines find all of it each time", async () => {
  const cache = inRegistry("platforms");
  const endsOf = async () => {
    const read = await cache.read();
    return read === undefined ? 0 : inspectCache(read).ends;
  };
  expect(await endsOf()).toBeGreaterThan(1);
  await copyCache(cache, cache);
  expect(await endsOf()).toBe(1);
  const all = { done: 2 * steps.done, cached: 2 * steps.cached };
  for (let times = 0; times < 3; times++) {
    expect(await warmFrom(cache, platforms, "--output=type=cacheonly")).toEqual(all);
  }
});

it("merges caches of two Dockerfiles into one that serves both", async () => {
  const file = `--file=${join(dir, "other.Dockerfile")}`;
  const lines = [`FROM ${baseImage.reference}`, "COPY src /there", "RUN echo other > /other"];
  await writeFile(join(dir, "other.Dockerfile"), `${lines.join("\n")}\n`);
  await build(file, `--cache-to=type=registry,ref=${host}/${path}:other,mode=max`);
  const sources = [inRegistry("manifest"), inRegistry("other")];
  const target = inRegistry("merged", "image-manifest", other.host);
  await writeFrom(sources, target, mergeCaches);
  expect((await verifyCache(target, { deep: true })).problems).toEqual([]);
  // Engines lose links of a cache with several ends by chance; see docs/decisions/0010.
  for (let times = 0; times < 5; times++) expect(await warmFrom(target)).toEqual(steps);
  await own.engine.emptyCache();
  expect(await build(file, `--cache-from=${target.name}`)).toEqual({ done: 2, cached: 2 });
});

it("trims a cache so that what is left of it is still imported", async () => {
  const target = inRegistry("trimmed", "image-manifest", other.host);
  const whole = await inRegistry("manifest").read();
  const bytes = [...(whole?.blobs.values() ?? [])].reduce((sum, { size }) => sum + size, 0);
  const limit = { blobs: bytes - 100_000 };
  await writeFrom([inRegistry("manifest")], target, ([cache]) =>
    cache === undefined ? undefined : trimCache(cache, limit).content,
  );
  expect((await verifyCache(target, { deep: true })).problems).toEqual([]);
  // The large file is there once, in the stage that made it, and not yet copied.
  expect(await warmFrom(target)).toEqual({ done: 5, cached: 2 });
});

it("sends nothing that is there, and writes over no image", async () => {
  const target = inRegistry("twice", "image-manifest", other.host);
  await copyCache(inRegistry("manifest"), target);
  const again = await copyCache(inRegistry("manifest"), target);
  expect(again.blobs.copied.count + again.blobs.mounted.count).toBe(0);
  await expect(copyCache(inRegistry("manifest"), inRegistry("image"))).rejects.toThrow(
    ": it is an image",
  );
});
