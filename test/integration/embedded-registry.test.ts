import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { countSteps } from "../support/count-steps.ts";
import { testEngine } from "../support/engine.ts";
import { type PrivateEngine, startPrivateEngine } from "../support/private-engine.ts";
import { startCncf, startEmbedded, type TestRegistry } from "../support/registries.ts";
import { skopeoManifest } from "../support/skopeo.ts";

/** The embedded registry, used by the clients that people have: buildx, Docker and skopeo. */

const { buildx, baseImage } = testEngine();
let own: PrivateEngine;
let ours: TestRegistry;
let dir: string;

beforeAll(async () => {
  own = await startPrivateEngine();
});
afterAll(() => own[Symbol.asyncDispose]());

beforeEach(async () => {
  ours = await startEmbedded();
  dir = await mkdtemp(join(tmpdir(), "layerkeep-"));
  await mkdir(join(dir, "context"));
  const steps = `FROM ${baseImage.reference}\nRUN echo heavy > /heavy\nCOPY src /src\nRUN cat /src\n`;
  await writeFile(join(dir, "context", "Dockerfile"), steps);
  await writeFile(join(dir, "context", "src"), "source\n");
});
afterEach(async () => {
  await ours[Symbol.asyncDispose]();
  await rm(dir, { recursive: true, force: true });
});

const execute = promisify(execFile);

async function run(
  ...argv: readonly [string, ...string[]]
): Promise<{ stdout: string; stderr: string }> {
  const [program, ...args] = argv;
  return execute(program, args, { env: { ...process.env, ...own.env }, maxBuffer: 16 << 20 });
}

/** The instructions of the build, and those that were cached. */
async function build(...flags: readonly string[]): Promise<ReturnType<typeof countSteps>> {
  const argv = ["build", "--progress=rawjson", ...flags, join(dir, "context")];
  const { stderr } = await run(buildx, ...argv);
  return countSteps(stderr);
}

const docker = (reference: string): string => `docker://${reference}`;

async function pushBoth(reference: string): Promise<void> {
  const platforms = "--platform=linux/amd64,linux/arm64";
  await build(platforms, "--provenance=mode=max", "--push", `--tag=${reference}`);
}

test("buildx pushes an image of two platforms with provenance, and Docker pulls it", async () => {
  const reference = `${ours.host}/acme/app:1`;
  await pushBoth(reference);
  const { digest, manifest } = await skopeoManifest(reference);
  expect(manifest.kind === "index" && manifest.content.manifests).toHaveLength(4);
  await own.engine.emptyCache();
  const pulled = await run("docker", "pull", reference);
  expect(pulled.stdout).toContain(`Digest: ${digest}`);
});

test.each([
  ["an image manifest", "image-manifest=true", "manifest"],
  ["an index", "image-manifest=false", "index"],
  ["an image manifest of zstd layers", "image-manifest=true,compression=zstd", "manifest"],
] as const)("buildx keeps its cache there as %s, and reads it again", async (_, options, kind) => {
  const cache = `${ours.host}/acme/cache:main`;
  const to = `--cache-to=type=registry,ref=${cache},mode=max,${options}`;
  await own.engine.emptyCache();
  expect((await build(to)).cached).toBe(0);
  expect((await skopeoManifest(cache)).manifest.kind).toBe(kind);
  await own.engine.emptyCache();
  const warm = await build(`--cache-from=type=registry,ref=${cache}`);
  expect(warm).toEqual({ done: 3, cached: 3 });
});

test("skopeo copies all of an image out of it and into it, digests and all", async () => {
  await using cncf = await startCncf();
  const reference = `${ours.host}/acme/app:1`;
  await pushBoth(reference);
  const { digest } = await skopeoManifest(reference);
  const flags = ["--all", "--src-tls-verify=false", "--dest-tls-verify=false"];
  const copy = (from: string, to: string) =>
    run("skopeo", "copy", ...flags, docker(from), docker(to));
  await copy(reference, `${cncf.host}/acme/app:1`);
  await copy(`${cncf.host}/acme/app:1`, `${ours.host}/back/app:1`);
  await copy(reference, `${ours.host}/within/app:1`);
  for (const host of [`${cncf.host}/acme`, `${ours.host}/back`, `${ours.host}/within`]) {
    expect((await skopeoManifest(`${host}/app:1`)).digest).toBe(digest);
  }
});

test("skopeo lists tags and deletes an image; imagetools joins and reads", async () => {
  const repository = `${ours.host}/acme/app`;
  await pushBoth(`${repository}:1`);
  const tag = `--tag=${repository}:joined`;
  await run(buildx, "imagetools", "create", tag, `${repository}:1`);
  const listed = await run("skopeo", "list-tags", "--tls-verify=false", docker(repository));
  const list: unknown = JSON.parse(listed.stdout);
  expect(list).toEqual({ Repository: repository, Tags: ["1", "joined"] });
  await run("skopeo", "delete", "--tls-verify=false", docker(`${repository}:1`));
  await expect(skopeoManifest(`${repository}:1`)).rejects.toThrow("manifest unknown");
});
