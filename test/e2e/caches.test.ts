import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { layerkeep } from "../support/cli.ts";
import { testEngine } from "../support/engine.ts";
import { at } from "../support/json.ts";
import { type PrivateEngine, startPrivateEngine } from "../support/private-engine.ts";
import { createProject, type Project } from "../support/project.ts";
import { tagLike } from "../support/repository-state.ts";
import { skopeoManifest } from "../support/skopeo.ts";
import { smallProject } from "../support/small-build.ts";

const [registry] = testEngine().registries;
let own: PrivateEngine;
let project: Project;

beforeAll(async () => {
  own = await startPrivateEngine();
});

afterAll(() => own[Symbol.asyncDispose]());

beforeEach(() => {
  project = createProject((id) =>
    smallProject(`cache: ${registry}/${id}/cache\nvariants:\n  core: {}\n`),
  );
});

afterEach(() => project[Symbol.dispose]());

const build = () => layerkeep(project, ["build", "--write", "--json", "--quiet"], { env: own.env });

function useCache(options: string): void {
  project.write({
    "layerkeep.yml": `cache: { repository: ${registry}/${project.id}/cache${options} }\nvariants:\n  core: {}\n`,
  });
}

/** Builds cold, changes the source, forgets all that the engine knows, and builds again. */
async function buildTwice(): Promise<{ cold: unknown; warm: unknown }> {
  await own.engine.emptyCache();
  const cold = await build();
  expect(cold).toMatchObject({ code: 0, stderr: "" });
  project.write({ src: "changed\n" });
  await own.engine.emptyCache();
  const warm = await build();
  expect(warm).toMatchObject({ code: 0, stderr: "" });
  return { cold: at(cold.stdout, "legs", 0), warm: at(warm.stdout, "legs", 0) };
}

const cold = { outcome: "built", cache: "yes", steps: { cached: 0, all: 3 } };
/** The step before the source is the one that a cache can save. */
const warm = { outcome: "built", cache: "yes", steps: { cached: 1, all: 3 } };

test("a cache in the registry makes an empty engine warm", async () => {
  expect(await buildTwice()).toMatchObject({ cold, warm });
  const { digest } = await tagLike(`${registry}/${project.id}/cache`, /^cache-core-amd64$/);
  const found = await skopeoManifest(`${registry}/${project.id}/cache@${digest}`);
  expect(found.manifest).toMatchObject({
    kind: "manifest",
    content: { config: { mediaType: "application/vnd.buildkit.cacheconfig.v0" } },
  });
});

test("so does one in the index form, in layers that zstd compressed", async () => {
  useCache(", image-manifest: false, compression: zstd, force-compression: true");
  expect(await buildTwice()).toMatchObject({ cold, warm });
  const { manifest } = await skopeoManifest(`${registry}/${project.id}/cache:cache-core-amd64`);
  expect(manifest.kind).toBe("index");
  const types = manifest.kind === "index" ? manifest.content.manifests : [];
  expect(types.map(({ mediaType }) => mediaType)).toContain(
    "application/vnd.oci.image.layer.v1.tar+zstd",
  );
  expect(types.at(-1)?.mediaType).toBe("application/vnd.buildkit.cacheconfig.v0");
});

test("so does an inline one, through the leg's newest build", async () => {
  useCache(", type: inline");
  expect(await buildTwice()).toMatchObject({ cold, warm });
});

test("so does a local one, in a folder for each leg", async () => {
  useCache(", type: local, dest: .cache");
  project.write({ ".dockerignore": ".git\nlayerkeep.yml\n.cache\n" });
  expect(await buildTwice()).toMatchObject({ cold, warm });
  expect(existsSync(join(project.dir, ".cache/cache-core-amd64/index.json"))).toBe(true);
  // Its folder is that of the config, wherever the command runs.
  const cwd = join(project.dir, "below");
  mkdirSync(cwd);
  const args = ["cache", "inspect", "core"];
  const { code, stdout } = await layerkeep(project, args, { env: own.env, cwd });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^core\/linux\/amd64\n/);
});

test("--cold leaves every cache aside, the engine's own, too", async () => {
  expect(await build()).toMatchObject({ code: 0 });
  const result = await layerkeep(project, ["build", "--write", "--json", "--quiet", "--cold"], {
    env: own.env,
  });
  expect(at(result.stdout, "legs", 0)).toMatchObject({
    outcome: "built",
    reason: "--cold was given",
    steps: { cached: 0, all: 3 },
  });
});
