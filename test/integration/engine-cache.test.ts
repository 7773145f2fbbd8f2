import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Buildx } from "../../src/buildkit/builder/buildx.ts";
import { diskUsage, pruneBuilder } from "../../src/buildkit/engine/disk-usage.ts";
import { renderDaemonJson } from "../../src/buildkit/engine/gc-policy.ts";
import { exec } from "../../src/exec.ts";
import { testEngine } from "../support/engine.ts";
import { type PrivateEngine, startPrivateEngine } from "../support/private-engine.ts";

/** A builder's own cache, over the engine; it is started with a policy that we wrote. */

const { buildx: path, baseImage } = testEngine();
let own: PrivateEngine;
let dir: string;
let buildx: Buildx;

beforeAll(async () => {
  const policy = JSON.parse(renderDaemonJson({ disk: 100e9, minFree: 20e9 })) as object;
  own = await startPrivateEngine(policy);
  buildx = { path, env: { ...process.env, ...own.env }, exec };
  dir = await mkdtemp(join(tmpdir(), "layerkeep-engine-"));
  const lines = [
    `FROM ${baseImage.reference}`,
    "RUN --mount=type=cache,target=/keep head -c 300000 /dev/urandom > /keep/it",
    "RUN head -c 2000000 /dev/urandom > /big",
  ];
  await writeFile(join(dir, "Dockerfile"), `${lines.join("\n")}\n`);
  await promisify(execFile)(path, ["build", dir], { env: buildx.env });
});
afterAll(async () => {
  await own[Symbol.asyncDispose]();
  await rm(dir, { recursive: true, force: true });
});

it("takes the policy that we wrote of a disk budget, rule for rule", async () => {
  const { stdout } = await promisify(execFile)(path, ["inspect"], { env: buildx.env });
  const rules = stdout.split(/GC Policy rule#\d+:/).slice(1);
  const said = rules.map((rule) =>
    Object.fromEntries(
      [...rule.matchAll(/^ ([A-Z][\w ]+):[ ]+(\S+)$/gm)].map(([, name = "", value = ""]) => [
        name,
        value,
      ]),
    ),
  );
  const all = { "Reserved Space": "23.28GiB" };
  const limits = { "Max Used Space": "93.13GiB", "Min Free Space": "18.63GiB" };
  expect(said).toMatchObject([
    { All: "false", Filters: "type==source.local", "Reserved Space": "4.657GiB" },
    { All: "false", Filters: "type==source.git.checkout", "Reserved Space": "4.657GiB" },
    { All: "false", ...all },
    { All: "false", ...all, ...limits },
    { All: "true", ...all, ...limits },
  ]);
  expect(rules[0]).toMatch(/Keep Duration:\s+48h/);
  expect(rules[2]).toMatch(/Keep Duration:\s+1440h/);
});

it("lists its records by kind, and deletes those that are named", async () => {
  const uses = await diskUsage(buildx);
  expect(new Set(uses.map(({ type }) => type))).toEqual(
    new Set(["regular", "exec.cachemount", "source.local"]),
  );
  const biggest = uses.find(({ description }) => description.includes("head -c 2000000"));
  expect(biggest?.size).toBeGreaterThan(1_900_000);
  const mounts = await diskUsage(buildx, { filters: ["type=exec.cachemount"] });
  expect(mounts).toMatchObject([{ type: "exec.cachemount", reclaimable: true }]);
  expect(mounts[0]?.size).toBeGreaterThan(290_000);
  const freed = await pruneBuilder(buildx, { filters: ["type=exec.cachemount"] });
  expect(freed).toBe(mounts[0]?.size);
  expect(await diskUsage(buildx, { filters: ["type=exec.cachemount"] })).toEqual([]);
  expect(await pruneBuilder(buildx, { unused: 3_600_000 })).toBe(0);
  expect(await pruneBuilder(buildx, { reservedSpace: 1e12 })).toBe(0);
  expect(await pruneBuilder(buildx, { all: true })).toBeGreaterThan(0);
});

it("says of a builder that is not there what to try", async () => {
  await expect(diskUsage(buildx, { builder: "nobody" })).rejects.toThrow(
    /listing the builder cache failed: .*nobody/,
  );
});
