import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Buildx } from "../../src/buildkit/builder/buildx.ts";
import { tryCache } from "../../src/buildkit/try-cache.ts";
import { exec } from "../../src/exec.ts";
import { testEngine } from "../support/engine.ts";
import { type PrivateEngine, startPrivateEngine } from "../support/private-engine.ts";

/** Which steps a cache saves, found out on the engine without a build. */

const { buildx: path, baseImage, registries } = testEngine();
let own: PrivateEngine;
let dir: string;
let buildx: Buildx;
const cache = `type=registry,ref=${registries[0]}/try-cache/app:cache`;

beforeAll(async () => {
  own = await startPrivateEngine();
  buildx = { path, env: { ...process.env, ...own.env }, exec };
  dir = await mkdtemp(join(tmpdir(), "layerkeep-try-"));
  await writeFile(join(dir, "src"), "source\n");
  await dockerfile("RUN echo after > /after");
  const flags = [`--cache-to=${cache},mode=max`, "--output=type=cacheonly"];
  await promisify(execFile)(path, ["build", ...flags, dir], { env: buildx.env });
});
afterAll(async () => {
  await own[Symbol.asyncDispose]();
  await rm(dir, { recursive: true, force: true });
});

async function dockerfile(last: string): Promise<void> {
  const lines = [`FROM ${baseImage.reference}`, "RUN echo before", "COPY src /src", last, "RUN :"];
  await writeFile(join(dir, "Dockerfile"), `${lines.join("\n")}\n`);
}

const tried = async (more: object = {}) =>
  (await tryCache(buildx, { dockerfile: join(dir, "Dockerfile"), context: dir, ...more })).map(
    ({ name, state }) => `${state} ${name.replace(/^.*\] /, "")}`,
  );

it("tells what is cached, what would run, and what comes behind it", async () => {
  await own.engine.emptyCache();
  expect(await tried()).toEqual([
    "runs RUN echo before",
    "unknown COPY src /src",
    "unknown RUN echo after > /after",
    "unknown RUN :",
  ]);
  await own.engine.emptyCache();
  expect(await tried({ cacheFrom: cache })).toEqual([
    "cached RUN echo before",
    "cached COPY src /src",
    "cached RUN echo after > /after",
    "cached RUN :",
  ]);
});

it("runs nothing of a step that the cache does not have", async () => {
  await dockerfile("RUN sleep 30");
  await own.engine.emptyCache();
  const start = performance.now();
  expect(await tried({ cacheFrom: cache })).toEqual([
    "cached RUN echo before",
    "cached COPY src /src",
    "runs RUN sleep 30",
    "unknown RUN :",
  ]);
  expect(performance.now() - start).toBeLessThan(25_000);
});

it("says of a build that cannot be begun what buildx said", async () => {
  await writeFile(join(dir, "Dockerfile"), "FROM scratch\nNONSENSE\n");
  await expect(tried()).rejects.toThrow(/unknown instruction: NONSENSE/);
});
