import { randomUUID } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { runBuild } from "../../src/buildkit/run-build.ts";
import { exec } from "../../src/exec.ts";
import { judgeCache, withIgnoredErrors } from "../../src/pipeline/build/cache-outcome.ts";
import type { CacheRef, PlannedLeg } from "../../src/plan/plan.ts";
import { anonymous } from "../../src/registry/auth/credentials.ts";
import { RegistryClient } from "../../src/registry/client.ts";
import { testEngine } from "../support/engine.ts";
import { main, startTestGithubCache, type TestGithubCache } from "../support/github-cache.ts";
import { engineInputs, planOf } from "../support/plans.ts";
import { type ScriptedServer, startScript } from "../support/scripted-server.ts";

/** What is said of caches that the engine has just written, of each type that it can write. */

const { buildx: path, env, baseImage, registries } = testEngine();
const [host] = registries;
const client = new RegistryClient({ credentials: anonymous });
let github: TestGithubCache;
let dir: string;
let scope: string;

beforeAll(async () => {
  github = await startTestGithubCache();
});
afterAll(async () => {
  await github[Symbol.asyncDispose]();
  await client[Symbol.asyncDispose]();
});
beforeEach(async () => {
  scope = `s${randomUUID().slice(0, 8)}`;
  dir = await mkdtemp(join(tmpdir(), "layerkeep-written-"));
  const lines = [`FROM ${baseImage.reference}`, `RUN echo ${scope} > /it`];
  await writeFile(join(dir, "Dockerfile"), `${lines.join("\n")}\n`);
});
afterEach(() => rm(dir, { recursive: true, force: true }));

interface Built {
  readonly to: readonly CacheRef[];
  readonly from?: readonly CacheRef[];
  readonly push?: boolean;
  /** Beside what reaches the engine. */
  readonly env?: Readonly<Record<string, string>>;
  /** Between the build and the look at what it wrote. */
  readonly meanwhile?: () => Promise<void>;
}

async function outcomeOf({ to, from = [], push = false, meanwhile, ...more }: Built) {
  const cache = { host, path: `cache-written/${scope}` };
  const [planned] = planOf({ cache, targets: [], platforms: ["linux/amd64"] }).legs;
  if (planned?.staged === undefined || planned.staged === null) throw new Error("no leg");
  const leg: PlannedLeg = { ...planned, cache: { from, to } };
  const built = { ...process.env, ...env, ...more.env };
  const since = new Date();
  const { summary, digest } = await runBuild(
    { path, env: built, exec },
    {
      inputs: { ...engineInputs, dockerfile: join(dir, "Dockerfile"), context: dir },
      env: {},
      renamed: new Map(),
      platform: "linux/amd64",
      root: dir,
      builder: undefined,
      cacheFrom: from,
      cacheTo: to.map(withIgnoredErrors),
      output: push
        ? { type: "image", name: planned.staged.newest, insecure: true, annotations: {} }
        : { type: "cacheonly" },
      metadataFile: join(dir, "metadata.json"),
      noCache: false,
    },
    { purpose: "build" },
  );
  await meanwhile?.();
  return judgeCache(leg, summary, {
    client,
    since,
    root: dir,
    env: built,
    now: () => new Date(),
    digest: push ? digest : undefined,
  });
}

const gha = (): CacheRef => ({ type: "gha", attributes: { scope, mode: "max" } });
const local = (): CacheRef => ({ type: "local", attributes: { dest: "kept", mode: "max" } });
const registry = (): CacheRef => ({
  type: "registry",
  attributes: { ref: `${host}/cache-written/${scope}:cache`, mode: "max" },
});
const inline: CacheRef = { type: "inline", attributes: {} };

describe("a cache that the engine has written", () => {
  it.each([
    ["registry", registry, (): string => `${host}/cache-written/${scope}:cache`],
    ["gha", gha, (): string => `type=gha,scope=${scope}`],
    ["local", local, (): string => "type=local,dest=kept"],
  ] as const)("of type %s is read back down to its new blobs", async (_, cache, name) => {
    expect(await outcomeOf({ to: [cache()], env: github.env(main) })).toMatchObject({
      written: "yes",
      trouble: null,
      readBack: [{ ref: name(), newBlobs: 1, layers: 2 }],
    });
  });

  it("inline is read back from the image that was pushed", async () => {
    expect(await outcomeOf({ to: [inline], push: true })).toMatchObject({
      written: "yes",
      readBack: [{ ref: "type=inline", newBlobs: 1 }],
    });
  });

  it("inline, of an image that was not pushed, was not checked", async () => {
    expect(await outcomeOf({ to: [inline] })).toMatchObject({
      written: "unchecked",
      unchecked: [
        "the cache type=inline was not checked after the build: it is part of the image, and no image was pushed",
      ],
    });
  });

  it("inline, of an image without steps, has nothing to hold", async () => {
    await writeFile(join(dir, "Dockerfile"), `FROM ${baseImage.reference}\nENV a=${scope}\n`);
    expect(await outcomeOf({ to: [inline], push: true })).toMatchObject({
      written: "not-asked",
      trouble: null,
    });
  });

  it("to GitHub's service and lost a blob since counts as not written", async () => {
    const outcome = await outcomeOf({
      to: [gha()],
      env: github.env(main),
      meanwhile: async () => {
        const written = await github.store(scope, main).read();
        const digests = [...(written?.blobs.keys() ?? [])];
        for (const file of await readdir(github.root)) {
          if (!file.endsWith(".json")) continue;
          const entry = await readFile(join(github.root, file), "utf8");
          if (digests.some((digest) => entry.includes(digest)))
            await rm(join(github.root, file.slice(0, -".json".length)));
        }
      },
    });
    expect(outcome).toMatchObject({
      written: "failed",
      trouble: expect.stringMatching(
        new RegExp(
          `^the cache type=gha,scope=${scope} is missing blobs that were just written: sha256:`,
        ),
      ) as string,
    });
  });

  it("to a folder that lost its blobs since counts as not written", async () => {
    const blobs = join(dir, "kept/blobs");
    const meanwhile = (): Promise<void> => rm(blobs, { recursive: true });
    expect(await outcomeOf({ to: [local()], meanwhile })).toMatchObject({ written: "failed" });
  });

  it("of several types is said to be missing by its name", async () => {
    await using refusing = await startRefusing(403);
    const outcome = await outcomeOf({
      to: [registry(), gha(), local()],
      env: { ...github.env(main), ACTIONS_RESULTS_URL: `http://${refusing.host}/` },
    });
    expect(outcome).toMatchObject({
      written: "failed",
      trouble: `the cache type=gha,scope=${scope} was not written: permission_denied`,
    });
    expect(outcome.readBack).toHaveLength(2);
  });
});

describe("a service that refuses", () => {
  it.each([403, 404, 500])(
    "with %i has taken nothing, and is not an empty cache",
    async (status) => {
      await using refusing = await startRefusing(status);
      const outcome = await outcomeOf({
        to: [gha()],
        from: [{ type: "gha", attributes: { scope } }],
        env: { ...github.env(main), ACTIONS_RESULTS_URL: `http://${refusing.host}/` },
      });
      expect(outcome).toMatchObject({
        written: "failed",
        trouble: `the cache type=gha,scope=${scope} was not written: permission_denied`,
        unread: [
          `a cache could not be read: importing cache manifest from type=gha,scope=${scope}: permission_denied`,
        ],
      });
      expect(outcome.absent).toBeUndefined();
    },
  );
});

it("caches that nobody has written yet are absent, and no trouble", async () => {
  const from: CacheRef[] = [
    { type: "registry", attributes: { ref: `${host}/cache-written/${scope}:none` } },
    { type: "local", attributes: { src: join(dir, "none") } },
    { type: "gha", attributes: { scope: "none" } },
  ];
  const outcome = await outcomeOf({ to: [], from, env: github.env(main) });
  expect(outcome).toMatchObject({ written: "not-asked", unread: [] });
  expect(outcome.absent).toHaveLength(2);
});

/** Answers every request with a status. */
function startRefusing(status: number): Promise<ScriptedServer> {
  return startScript(() => ({
    status,
    // Azure's client leans on the id: dockerd panics without.
    headers: { "content-type": "application/json", "x-ms-request-id": "1" },
    body: JSON.stringify({ code: "permission_denied", msg: "refused" }),
  }));
}
