import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { runBuild } from "../../src/buildkit/run-build.ts";
import { exec } from "../../src/exec.ts";
import type { CacheRef } from "../../src/plan/plan.ts";
import { testEngine } from "../support/engine.ts";
import { engineInputs } from "../support/plans.ts";

/** Why a build failed, of builds in which no step did. */

const { buildx: path, env, baseImage, registries } = testEngine();
let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "layerkeep-errors-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function messageFor(dockerfile: string, cacheTo: readonly CacheRef[] = []): Promise<string> {
  await writeFile(join(dir, "Dockerfile"), dockerfile);
  const build = runBuild(
    { path, env: { ...process.env, ...env }, exec },
    {
      inputs: { ...engineInputs, dockerfile: join(dir, "Dockerfile"), context: dir },
      env: {},
      renamed: new Map(),
      platform: "linux/amd64",
      root: dir,
      builder: undefined,
      cacheFrom: [],
      cacheTo,
      output: { type: "cacheonly" },
      metadataFile: join(dir, "metadata.json"),
      noCache: false,
    },
    { purpose: "build of app" },
  );
  const error: unknown = await build.catch((e: unknown) => e);
  return error instanceof Error ? `${error.name}: ${error.message}` : "";
}

it("is what the engine says of the Dockerfile", async () => {
  expect(await messageFor("FROM scratch\nNONSENSE\n")).toMatch(
    /^BuildFailure: build of app: dockerfile parse error on line 2: unknown instruction: NONSENSE/,
  );
});

it("is what the engine says of a cache that must be written", async () => {
  const [host] = registries;
  const attributes = { ref: `${host}/no//such:name` };
  expect(
    await messageFor(`FROM ${baseImage.reference}\n`, [{ type: "registry", attributes }]),
  ).toMatch(
    /^EngineError: build of app: failed to configure registry cache exporter: .*invalid reference/,
  );
});
