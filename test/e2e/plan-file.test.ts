import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadConfig } from "../../src/config/load/load.ts";
import { readContext } from "../../src/trust/environment/read-context.ts";
import { exec } from "../../src/exec.ts";
import { openCheckout } from "../../src/git/checkout.ts";
import { parsePlatform } from "../../src/oci/platform.ts";
import { planLegs } from "../../src/pipeline/plan-legs.ts";
import { decideTrust } from "../../src/trust/trust.ts";
import { attestationsOf } from "../support/attestations.ts";
import { layerkeep } from "../support/cli.ts";
import { testEngine } from "../support/engine.ts";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy.ts";
import { at } from "../support/json.ts";
import { createProject, type Project } from "../support/project.ts";
import { tagLike, tagsOf, testClient } from "../support/repository-state.ts";
import { skopeoConfig } from "../support/skopeo.ts";
import { engineEnv, smallProject } from "../support/small-build.ts";

const env = engineEnv();
const {
  registries: [registry, second],
  baseImage,
} = testEngine();
let project: Project;
let cache: string;
/** In front of the registry of the base image. */
let bases: FaultProxy;
let base: string;

beforeEach(async () => {
  bases = await startFaultProxy(registry, () => undefined);
  project = createProject((id) => {
    cache = `${second}/${id}/cache`;
    base = `${bases.host}/${id}/base:1`;
    return smallProject(
      `cache: ${cache}\nrefresh: { arg: EPOCH, every: week }\nvariants:\n  core: {}\n`,
      {
        Dockerfile: `FROM ${base}\nARG EPOCH\nRUN echo $EPOCH > /epoch\nCOPY src /src\n`,
      },
    );
  });
});

afterEach(async () => {
  project[Symbol.dispose]();
  await bases[Symbol.asyncDispose]();
});

const run = (...args: string[]) => layerkeep(project, args, { env });
const plan = () => join(project.outside, "plan.json");

/** What the name of the base image stands for, before and after somebody moved it. */
function moveBase(flags: readonly string[]): void {
  const to = `docker://${registry}/${project.id}/base:1`;
  const insecure = ["--src-tls-verify=false", "--dest-tls-verify=false"];
  execFileSync("skopeo", [
    "copy",
    "--quiet",
    ...flags,
    ...insecure,
    `docker://${baseImage.reference}`,
    to,
  ]);
}

test("builds with the base image and the epoch that were planned, and resolves nothing again", async () => {
  moveBase(["--all"]);
  expect(await run("plan", "--write", "--output", plan())).toMatchObject({ code: 0 });
  const planned = readFileSync(plan(), "utf8");
  const configs = { "linux/amd64": { env: ["PATH=/bin"], onbuild: [] } };
  expect(at(planned, "pins")).toEqual([
    { kind: "image", ref: base, resolved: baseImage.digest, configs },
  ]);

  // The same name is another image now: one for a single platform.
  moveBase(["--override-arch=amd64"]);
  const moved = (await tagsOf(`${registry}/${project.id}/base`))["1"];
  expect(moved).not.toBe(baseImage.digest);
  const before = bases.seen.length;
  const result = await run("build", "--write", "--plan", plan(), "--json", "--quiet");
  expect(result).toMatchObject({ code: 0, stderr: "" });
  const asked = bases.seen.slice(before).filter(({ url }) => /\/manifests\/(?!sha256:)/.test(url));
  expect(asked).toEqual([]);
  const [provenance] = await attestationsOf(cache, (await tagLike(cache, /^leg-core-amd64-/)).tag);
  expect(provenance).toContain(baseImage.digest.slice("sha256:".length));
  expect(provenance).not.toContain(moved?.slice("sha256:".length));

  // A new plan sees that it moved.
  const again = await run("plan", "--write", "--json", "--quiet");
  expect(at(again.stdout, "legs", 0, "action")).toBe("build");
  expect(at(again.stdout, "legs", 0, "reason")).toMatch(/^changed since .*: pin/);
});

test("builds with the epoch of a plan that was made in another period", async () => {
  moveBase(["--all"]);
  const config = await loadConfig({ file: join(project.dir, "layerkeep.yml"), vars: {} });
  const git = await openCheckout({ cwd: project.dir, env: process.env });
  const context = await readContext({ env: {}, git, readFile: () => Promise.resolve("") });
  await using client = testClient();
  const made = await planLegs(config, context, {
    client,
    exec,
    env: {},
    now: new Date("2026-11-15T23:59:00Z"),
    version: "0.0.0",
    trust: decideTrust(context, {
      claims: { default: undefined, release: [], writeOnTags: false },
      outside: {},
      write: true,
    }),
    force: false,
    cold: false,
    refresh: false,
    builder: undefined,
    machine: parsePlatform("linux/amd64"),
  });
  expect(made.epoch).toEqual({ arg: "EPOCH", value: "2026-W46" });
  await writeFile(plan(), JSON.stringify(made));
  const result = await run("build", "--write", "--plan", plan(), "--json", "--quiet");
  expect(result).toMatchObject({ code: 0, stderr: "" });
  const image = await skopeoConfig(`${cache}:leg-core-amd64`);
  expect(JSON.stringify(image)).toContain("EPOCH=2026-W46");
  expect(at((await run("plan", "--write", "--json", "--quiet")).stdout, "legs", 0, "action")).toBe(
    "build",
  );
});

test("refuses to build what is not what was planned", async () => {
  moveBase(["--all"]);
  await run("plan", "--write", "--output", plan());
  project.write({ src: "another source\n" });
  const result = await run("build", "--write", "--plan", plan());
  expect(result).toMatchObject({ code: 2, stdout: "" });
  expect(result.stderr).toMatch(
    /^error: core\/linux\/amd64 differs from the plan: src \(COPY src in Dockerfile:4\)\nhint: check out the planned commit/,
  );
  expect(await tagsOf(cache)).toEqual({});
});

test("the plan is JSON that says the same each time", async () => {
  moveBase(["--all"]);
  const [first, second] = [
    await run("plan", "--json", "--quiet"),
    await run("plan", "--json", "--quiet"),
  ];
  expect(first).toMatchObject({ code: 0, stderr: "" });
  const fixed = (text: string): unknown =>
    JSON.parse(text.replace(/"createdAt": "[^"]+"/, '"createdAt": ""'));
  expect(fixed(second.stdout)).toEqual(fixed(first.stdout));
  expect(at(first.stdout, "schema")).toBe("layerkeep.plan.v1");
});
