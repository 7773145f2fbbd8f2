import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { BuilderInspector } from "../../src/buildkit/builder/builder.ts";
import type { Buildx } from "../../src/buildkit/builder/buildx.ts";
import { runBuild } from "../../src/buildkit/run-build.ts";
import { exec } from "../../src/exec.ts";
import { preflight } from "../../src/pipeline/build/preflight.ts";
import { anonymous } from "../../src/registry/auth/credentials.ts";
import { RegistryClient } from "../../src/registry/client.ts";
import { testEngine } from "../support/engine.ts";
import { engineInputs, planOf } from "../support/plans.ts";

/** A builder of two nodes of which one does not answer. */

const { buildx: path, env, baseImage, buildkitSocket, registries } = testEngine();
const client = new RegistryClient({ credentials: anonymous });
let dir: string;
let buildx: Buildx;
/** Asks once: buildx takes 20 seconds to give the dead node up. */
let inspector: BuilderInspector;
const builder = "two";

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "layerkeep-nodes-"));
  buildx = { path, env: { ...process.env, ...env, BUILDX_CONFIG: join(dir, "buildx") }, exec };
  inspector = new BuilderInspector(buildx);
  await createBuilder();
  await writeFile(join(dir, "Dockerfile"), `FROM ${baseImage.reference}\nRUN echo ${dir}\n`);
});
afterAll(async () => {
  await client[Symbol.asyncDispose]();
  await rm(dir, { recursive: true, force: true });
});

async function createBuilder(): Promise<void> {
  const common = ["--name", builder, "--driver", "remote"];
  const nodes = [
    [...common, "--node", "alive", `unix://${buildkitSocket}`],
    [...common, "--append", "--node", "dead", "tcp://127.0.0.1:9"],
  ];
  for (const args of nodes) {
    const argv = [path, "create", ...args];
    const result = await exec(argv, { env: buildx.env, purpose: "a builder of two nodes" });
    if (result.exitCode !== 0) throw new Error(result.stderr);
  }
}

async function check(...platforms: string[]) {
  const cache = { host: registries[0], path: "dead-nodes/app" };
  const plan = planOf({ cache, targets: [], platforms });
  return preflight(plan, plan.legs, { buildx, inspector, client, buildersOf: () => [builder] });
}

it("builds what the living one runs, and the dead one is named", async () => {
  const ready = await check("linux/amd64", "linux/arm64");
  expect(ready.warnings).toEqual([
    'builder "two": its node "dead" at tcp://127.0.0.1:9 did not respond (context deadline exceeded); building on its other nodes',
  ]);
  const built = await runBuild(
    ready.buildx,
    {
      inputs: { ...engineInputs, dockerfile: join(dir, "Dockerfile"), context: dir },
      env: {},
      renamed: new Map(),
      platform: "linux/amd64",
      root: dir,
      builder,
      cacheFrom: [],
      cacheTo: [],
      output: { type: "cacheonly" },
      metadataFile: join(dir, "metadata.json"),
      noCache: false,
    },
    { purpose: "build" },
  );
  expect(built.summary.steps).toHaveLength(1);
  const folder = ready.buildx.env["BUILDX_CONFIG"] ?? "";
  expect(await readdir(join(folder, "instances"))).toContain(builder);
  await ready[Symbol.asyncDispose]();
  await expect(readdir(folder)).rejects.toThrow("ENOENT");
  const own = await readFile(join(dir, "buildx/instances", builder), "utf8");
  expect(own).toContain('"dead"');
});

it("does not build what only the dead one runs", async () => {
  await expect(check("linux/s390x")).rejects.toThrow(
    /^app\/linux\/s390x: builder "two" does not support linux\/s390x \(it supports linux\/amd64, .*; its node "dead" at tcp:\/\/127.0.0.1:9 did not respond: context deadline exceeded\). Set a builder/,
  );
});
