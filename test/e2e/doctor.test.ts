import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { engineEnv } from "../support/small-build.ts";
import { layerkeep } from "../support/cli.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { at } from "../support/json.ts";
import { createProject, type Project } from "../support/project.ts";
import { startEmbedded, type TestRegistry } from "../support/registries.ts";

let project: Project;
let registry: TestRegistry;

beforeEach(async () => {
  registry = await startEmbedded();
  project = createProject(() => ({
    "layerkeep.yml": `cache: ${registry.host}/acme/cache\nvariants:\n  core: {}\n`,
    Dockerfile: "FROM scratch\n",
  }));
});
afterEach(async () => {
  project[Symbol.dispose]();
  await registry[Symbol.asyncDispose]();
});

const doctor = (...args: readonly string[]) => layerkeep(project, ["doctor", "registry", ...args]);

it("tries out the config's own cache repository, and says how to set it", async () => {
  const { code, stdout, stderr } = await doctor();
  expect(code).toBe(0);
  expect(stderr).toBe(
    `pushing small test images to ${registry.host}/acme/cache, then deleting them\n`,
  );
  const lines = stdout.split("\n");
  expect(lines[0]).toBe("yes  accepts OCI images: the pushed image was read back byte for byte");
  expect(lines.slice(0, 16).filter((line) => !line.startsWith("yes  "))).toEqual([]);
  expect(lines.slice(16)).toEqual([
    "",
    `${registry.host}/acme/cache can be used as a cache repository. In layerkeep.yml:`,
    "",
    "cache:",
    `  repository: ${registry.host}/acme/cache # it accepts legs, and caches as image manifests (BuildKit's default)`,
    "",
  ]);
});

it("gives the same as JSON, for a repository that is named, with another to mount from", async () => {
  const [name, second] = [`${registry.host}/other/cache`, `${registry.host}/other/second`];
  const { code, stdout } = await doctor(name, "--second", second, "--json", "--quiet");
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ repository: name, verdict: { fit: true }, left: [] });
  expect(at(stdout, "findings", 9)).toEqual({
    id: "mount",
    title: "mounts blobs between repositories",
    outcome: "yes",
    detail: "it was mounted from other/second",
  });
});

it("exits with 1 if a repository cannot be used for caches", async () => {
  await using proxy = await startFaultProxy(registry.host, ({ method, url }) => {
    const moved = proxy.seen.filter((seen) => seen.method === "PUT" && seen.url.endsWith("-moved"));
    return method === "PUT" && url.endsWith("-moved") && moved.length > 1
      ? { type: "status", status: 400 }
      : undefined;
  });
  const { code, stdout } = await doctor(`${proxy.host}/acme/cache`);
  expect(code).toBe(1);
  expect(stdout).toContain("no   allows tags to be moved: it returned status 400\n");
  expect(stdout).toContain("cannot be used as a cache repository");
});

it.each([
  [["--second", "ghcr.io/acme/other"], 2, "are different registries"],
  [["Not/A/Repository:tag"], 2, "is not an image reference"],
  [["127.0.0.1:1/acme/cache"], 3, "connection refused"],
])("refuses %j with %i", async (args, code, said) => {
  const result = await doctor(...args);
  expect(result.code).toBe(code);
  expect(result.stderr).toContain(said);
});

it("asks for a repository if there is no config", async () => {
  const bare = createProject(() => ({ "README.md": "" }));
  const { code, stderr } = await layerkeep(bare, ["doctor", "registry"]);
  bare[Symbol.dispose]();
  expect(code).toBe(2);
  expect(stderr).toMatch(/no layerkeep\.yml, .* or \.layerkeep\.yml found in /);
});

describe("doctor", () => {
  const check = (args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) =>
    layerkeep(project, ["doctor", ...args], { env: { ...engineEnv(), ...env } });

  it("prints a line for each check", async () => {
    const { code, stdout, stderr } = await check();
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const titles = [...stdout.matchAll(/^(✓ ok {2}|! warn|✗ fail) {2}([^:]+):/gm)].map(
      ([, sign, title]) => `${sign?.slice(2).trim()} ${title}`,
    );
    expect(titles.filter((title) => !/(?:builder|folder)/.test(title))).toEqual([
      "ok config",
      "ok git",
      "ok buildx",
      "ok platform linux/amd64",
      `ok ${registry.host}/acme/cache`.replace(/:.*/, ""),
    ]);
    expect(stdout).toContain(`${registry.host}/acme/cache: can be read and pushed to\n`);
    expect(stdout).toMatch(/\nno failures, \d+ warnings?\n$/);
  });

  it("ends with what to do, what fails first, and exits with 1", async () => {
    project.write({
      "layerkeep.yml":
        "cache: 127.0.0.1:1/acme/cache\nvariants:\n  core: { platforms: [linux/s390x] }\n",
    });
    const { code, stdout } = await check();
    expect(code).toBe(1);
    expect(stdout).toMatch(/✗ fail {2}platform linux\/s390x: no builder supports it\n/);
    expect(stdout).toMatch(/✗ fail {2}127\.0\.0\.1:1\/acme\/cache: .*connection refused/);
    expect(stdout).toMatch(
      /\nwhat to do:\n {2}1\. install emulation: `docker run .* --install s390x`/,
    );
    expect(stdout).toMatch(/\n2 failures, \d+ warnings?\n$/);
    const json = await check(["--json"]);
    expect(at(json.stdout, "failures")).toBe(2);
  });

  it.each([
    ["layerkeep.yml", "variants: [", {}, "✗ fail  config: "],
    ["x", "", { DOCKER_CONFIG: "/nowhere", PATH: "/nowhere" }, "! warn  git: not found"],
    ["x", "", { BUILDX_BUILDER: "nothing" }, "✗ fail  builder: "],
    ["x", "", { XDG_CACHE_HOME: "/proc/1/cache" }, "! warn  cache folder: /proc/1/cache/layerkeep"],
    ["x", "", { LAYERKEEP_REQUEST_TIMEOUT: "0" }, "✗ fail  settings: invalid LAYERKEEP_REQUEST"],
  ])("goes on if something is wrong: %s %j %j", async (file, text, env, line) => {
    project.write({ [file]: text });
    expect((await check([], env)).stdout).toContain(line);
  });

  it("names the type of cache that Docker's own builder cannot export", async () => {
    const { host } = registry;
    const config = (type: string): string =>
      `cache: { repository: ${host}/acme/cache, ${type} }\nvariants:\n  core: {}\n`;
    project.write({ "layerkeep.yml": config("type: s3, bucket: b, region: r") });
    const said = "builder default: driver docker cannot export a cache of type s3: Docker's own";
    expect((await check()).stdout).toContain(`! warn  ${said}`);
    const inCi = await check([], { CI: "true" });
    expect(inCi.stdout).toContain(`✗ fail  ${said}`);
    project.write({ "layerkeep.yml": config("type: inline") });
    expect((await check()).stdout).not.toContain("cannot export");
  });

  it("suggests init if there is no config", async () => {
    const bare = createProject(() => ({ "README.md": "" }));
    const { code, stdout } = await layerkeep(bare, ["doctor"], { env: engineEnv() });
    bare[Symbol.dispose]();
    expect(code).toBe(0);
    expect(stdout).toMatch(/! warn {2}config: no layerkeep\.yml/);
    expect(stdout).toContain("1. run `layerkeep init` to create one\n");
  });
});
