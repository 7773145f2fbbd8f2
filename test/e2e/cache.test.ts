import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { localStore } from "../../src/cache/store/local-store.ts";
import { digestOf } from "../../src/oci/digest.ts";
import { layerkeep } from "../support/cli.ts";
import { testEngine } from "../support/engine.ts";
import { createProject, type Project } from "../support/project.ts";

const { registries, baseImage, buildx, env } = testEngine();
const [host] = registries;
let project: Project;

beforeEach(() => {
  project = createProject(() => ({}));
});
afterEach(() => project[Symbol.dispose]());

describe("layerkeep cache", () => {
  it("tells an image without a cache for what it is", async () => {
    const verified = await layerkeep(project, ["cache", "verify", baseImage.reference]);
    const name = `type=registry,ref=${baseImage.reference}`;
    expect(verified).toMatchObject({
      code: 1,
      stdout: `${name}: 1 problem\n  unreadable: ${name} is not a BuildKit cache: it is an image index without a cache\n`,
      stderr: "",
    });
    const inspected = await layerkeep(project, ["cache", "inspect", baseImage.reference]);
    expect(inspected).toMatchObject({ code: 3, stdout: "" });
  });

  it("tells of a tag that is not there", async () => {
    const { code, stderr } = await layerkeep(project, ["cache", "inspect", `${host}/no/cache:x`]);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: `error: ${host}/no/cache:x: not found\nhint: check the tag, and whether a build has written the cache yet\n`,
    });
  });

  it.each([
    ["type=local,src=nowhere", 2, "type=local,src=nowhere: not found"],
    ["type=local,src=.", 2, "is not a local cache: it has no index.json"],
    ["type=gha,scope=x", 2, "needs ACTIONS_RESULTS_URL and ACTIONS_RUNTIME_TOKEN in the env"],
    [
      "type=s3,bucket=x,region=y",
      2,
      "cannot read type=s3,bucket=x,region=y: caches of type s3 are not supported",
    ],
    ["type=registry", 2, '"type=registry" is not a valid cache source'],
    ["127.0.0.1:1/acme/cache:x", 3, "127.0.0.1:1/v2/acme/cache/manifests/x"],
  ])("says what is wrong with %s", async (name, code, message) => {
    const result = await layerkeep(project, ["cache", "inspect", name]);
    expect(result.code).toBe(code);
    expect(result.stderr).toContain(message);
  });

  it("copies a cache from a folder to a registry, and only what is not there", async () => {
    await writeCache(join(project.dir, "kept"));
    const target = `${host}/${project.id}/cache:copied`;
    const copy = (...more: string[]) =>
      layerkeep(project, ["cache", "copy", "type=local,src=kept", target, ...more]);
    const { code, stdout } = await copy("--json");
    const none = { count: 0, bytes: 0 };
    expect({ code, told: JSON.parse(stdout) as unknown }).toMatchObject({
      code: 0,
      told: { records: 1, blobs: { copied: { count: 1, bytes: 7 }, mounted: none, there: none } },
    });
    expect((await copy()).stdout).toContain("1 record, 1 blob there (7 B)");
    const verified = await layerkeep(project, ["cache", "verify", target, "--deep"]);
    expect(verified).toMatchObject({ code: 0, stderr: "" });
  });

  it.each([
    ["type=s3,bucket=x", "cannot write a cache to type=s3,bucket=x"],
    ["type=gha,scope=x", "needs ACTIONS_RESULTS_URL"],
    ["type=registry", "cannot write a cache to type=registry: add ref=…"],
    ["type=local,dest=x,mode=max", 'unknown attribute "mode" for a cache target of type=local'],
    ["type=registry,ref=acme/x,image-manifest=no", "image-manifest must be true or false"],
  ])("says what is wrong with the target %s", async (target, message) => {
    await writeCache(join(project.dir, "kept"));
    const argv = ["cache", "copy", "type=local,src=kept", target];
    const { code, stderr } = await layerkeep(project, argv);
    expect({ code, stderr }).toMatchObject({ code: 2 });
    expect(stderr).toContain(message);
  });

  it("merges caches, and trims one", async () => {
    await writeCache(join(project.dir, "kept"));
    const [merged, trimmed] = ["type=local,dest=merged", "type=local,dest=trimmed"];
    const kept = "type=local,src=kept";
    const merge = await layerkeep(project, ["cache", "merge", kept, kept, "-o", merged]);
    expect(merge).toMatchObject({ code: 0, stderr: "" });
    expect(merge.stdout).toContain("1 record, 1 blob copied (7 B)");
    const argv = ["cache", "trim", "type=local,src=merged", "-o", trimmed];
    const trim = await layerkeep(project, argv);
    expect(trim).toMatchObject({ code: 0, stderr: "" });
    expect(trim.stdout).toContain("nothing to trim");
    await writeCache(join(project.dir, "unlike"), "another layer", "sha256:other");
    const unlike = "type=local,src=unlike";
    const both = await layerkeep(project, ["cache", "merge", kept, unlike, "-o", merged]);
    expect(both.stdout).toContain("2 records");
    const usedBy = [...argv.slice(0, 3), "--used-by", unlike, "-o", trimmed];
    const used = await layerkeep(project, usedBy);
    expect(used).toMatchObject({ code: 0, stderr: "" });
    expect(used.stdout).toContain("removed: 1 of 2 records, 7 B of 20 B");
  });

  it("is read by the program in the documentation", async () => {
    await writeCache(join(project.dir, "kept"));
    const target = `${host}/${project.id}/cache:example`;
    const copied = await layerkeep(project, ["cache", "copy", "type=local,src=kept", target]);
    expect(copied.code).toBe(0);
    const root = join(import.meta.dirname, "..", "..");
    const docs = readFileSync(join(root, "docs", "cache.md"), "utf8");
    const [, program = ""] = /```js\n([^]*?)```/.exec(docs) ?? [];
    project.write({ "steps.mjs": program });
    mkdirSync(join(project.dir, "node_modules"));
    symlinkSync(root, join(project.dir, "node_modules", "layerkeep"));
    const argv = [join(project.dir, "steps.mjs"), target];
    const { stdout } = await promisify(execFile)(process.execPath, argv);
    expect(stdout).toBe("7 sha256:key\n");
    expect(program.trimEnd().split("\n").length).toBeLessThanOrEqual(10);
  });

  it("serves type=gha to the engine, and moves what it wrote to a registry", async () => {
    project.write({ Dockerfile: `FROM ${baseImage.reference}\nRUN echo 1 > /one\n` });
    const serve = [...["cache", "serve-gha", "--root", join(project.outside, "gha")], "--"];
    const build = [buildx, "build", "--cache-to", "type=gha,scope=app,mode=max", "."];
    const built = await layerkeep(project, [...serve, ...build], { env });
    expect(built).toMatchObject({ code: 0 });
    // What it wrote is there for the next one, and readable as a job would read it.
    const target = `${host}/${project.id}/cache:moved`;
    const copy = [process.execPath, "dist/cli.js", "cache", "copy", "type=gha,scope=app", target];
    const root = join(import.meta.dirname, "..", "..");
    const copied = await layerkeep(project, [...serve, ...copy], { env, cwd: root });
    expect(copied).toMatchObject({ code: 0, stderr: "" });
    expect(copied.stdout).toContain(`type=gha,scope=app`);
    const verified = await layerkeep(project, ["cache", "verify", target, "--deep"]);
    expect(verified).toMatchObject({ code: 0, stderr: "" });
    const failed = await layerkeep(project, [...serve, "sh", "-c", "exit 7"]);
    expect(failed.code).toBe(7);
  });

  it("draws a cache's layers, and says what a build would have of it", async () => {
    const steps = [`FROM ${baseImage.reference}`, `RUN echo ${project.id} > /one`];
    project.write({ Dockerfile: `${steps.join("\n")}\n` });
    const name = `type=registry,ref=${host}/${project.id}/cache:tried`;
    const build = ["build", `--cache-to=${name},mode=max`, "--output=type=cacheonly", project.dir];
    await promisify(execFile)(buildx, build, { env: { ...process.env, ...env } });
    project.write({ Dockerfile: `${[...steps, "RUN echo 2 > /two"].join("\n")}\n` });
    const tree = await layerkeep(project, ["cache", "inspect", name, "--tree"]);
    expect(tree).toMatchObject({ code: 0, stderr: "" });
    expect(tree.stdout.trimEnd().split("\n")).toHaveLength(2);
    const argv = ["cache", "inspect", name, "--dockerfile", "Dockerfile"];
    const tried = await layerkeep(project, argv, { env });
    expect(tried).toMatchObject({ code: 0, stderr: "" });
    expect(tried.stdout).toMatch(/^in the builder +\[2\/3\] RUN echo t\w+ > \/one$/m);
    expect(tried.stdout).toMatch(/^would run +\[3\/3\] RUN echo 2 > \/two$/m);
    expect(tried.stdout).toContain(
      "a build would reuse 0 of 2 steps from this cache; the builder already has 1",
    );
    const wrong = await layerkeep(project, [...argv.slice(0, 4), "Dockerfil"], { env });
    expect(wrong.code).not.toBe(0);
    expect(wrong.stderr).toContain("--dockerfile: cannot read Dockerfil: no such file");
  });

  it("copies over no image, unless that is meant", async () => {
    await writeCache(join(project.dir, "kept"));
    const argv = ["cache", "copy", "type=local,src=kept", baseImage.reference];
    const { code, stderr } = await layerkeep(project, argv);
    expect(code).toBe(2);
    expect(stderr).toContain(`refusing to overwrite type=registry,ref=${baseImage.reference}`);
    expect(stderr).toContain("choose another tag, or use --force");
  });

  it("tells of a broken layout with exit code 1, and as JSON", async () => {
    project.write({ "index.json": "{" });
    const { code, stdout } = await layerkeep(project, [
      "cache",
      "verify",
      "type=local,src=.",
      "--json",
    ]);
    expect({ code, told: JSON.parse(stdout) as unknown }).toEqual({
      code: 1,
      told: {
        caches: [
          {
            name: `type=local,src=${project.dir}`,
            blobs: 0,
            read: 0,
            problems: [
              { kind: "unreadable", message: "not an image manifest or index: it is not JSON" },
            ],
          },
        ],
      },
    });
  });
});

/** A cache of one step. */
async function writeCache(folder: string, text = "a layer", key = "sha256:key"): Promise<void> {
  const bytes = Buffer.from(text);
  const digest = digestOf(bytes);
  const mediaType = "application/vnd.oci.image.layer.v1.tar+gzip";
  const cache = {
    config: {
      layers: [{ blob: digest, parent: -1 }],
      records: [{ digest: key, layers: [{ layer: 0 }], chains: [], inputs: [] }],
    },
    blobs: new Map([[digest, { mediaType, digest, size: bytes.length }]]),
  };
  const source = { openBlob: () => Promise.resolve(Readable.from([bytes])) };
  await localStore(folder).write(cache, source);
}
