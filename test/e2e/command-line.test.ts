import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { layerkeep } from "../support/cli.ts";
import { at } from "../support/json.ts";
import { createProject, type Project } from "../support/project.ts";
import { engineEnv, smallProject } from "../support/small-build.ts";

const version = String(at(readFileSync("package.json", "utf8"), "version"));
let project: Project;

beforeEach(() => {
  project = createProject((id) =>
    smallProject(`cache: 127.0.0.1:9/${id}/cache\nvariants:\n  core: {}\n`),
  );
});

afterEach(() => project[Symbol.dispose]());

test("--version prints the package's version", async () => {
  expect(await layerkeep(project, ["--version"])).toEqual({
    code: 0,
    signal: null,
    stdout: `${version}\n`,
    stderr: "",
  });
});

test.each([
  "init",
  "validate",
  "graph",
  "open",
  "config show",
  "plan",
  "build",
  "publish",
  "up",
  "load",
  "stale",
  "logs",
  "preview prune",
  "dir save",
  "dir restore",
  "dir serve",
  "dir ls",
  "dir diff",
  "dir prune",
  "dir rm",
  "dir verify",
  "registry status",
  "registry stop",
  "registry serve",
  "lint",
  "ci github",
  "ci gitlab",
  "import github",
  "import gitlab",
  "import bake",
  "jobs",
  "completion",
])("%s --help explains itself with an example", async (command) => {
  const result = await layerkeep(project, [...command.split(" "), "--help"]);
  expect(result).toMatchObject({ code: 0, stderr: "" });
  expect(result.stdout).toContain(`\nExample:\n  layerkeep ${command} `.trimEnd());
});

describe("init", () => {
  test("writes a config that loads, and overwrites none", async () => {
    execFileSync("rm", [join(project.dir, "layerkeep.yml")]);
    const result = await layerkeep(project, ["init"]);
    expect(result).toMatchObject({ code: 0, stderr: expect.stringMatching(/^next:\n/) as string });
    const text = readFileSync(join(project.dir, "layerkeep.yml"), "utf8");
    expect(text).toMatch(/^variants:\n  \w+:\n/m);
    expect(await layerkeep(project, ["plan"])).toMatchObject({ code: 0 });
    const again = await layerkeep(project, ["init"]);
    expect(again).toMatchObject({ code: 2, stdout: "" });
    expect(again.stderr).toMatch(
      /layerkeep\.yml already exists\nhint: pass --force to overwrite it/,
    );
  });
});

test("a reader that has had enough of the output is no failure", () => {
  const command = `"${process.execPath}" "${resolve("dist/cli.js")}" plan --json | head -c 1`;
  const text = execFileSync("bash", ["-c", `set -o pipefail; ${command}`], {
    cwd: project.dir,
    encoding: "utf8",
    env: { PATH: process.env["PATH"], HOME: project.outside },
  });
  expect(text).toBe("{");
});

test("without Docker's buildx it says where it looked and what to install", () => {
  // The plugin is in folders that the environment does not decide, so they are hidden.
  const hide = [
    "/usr/local/lib/docker",
    "/usr/local/libexec/docker",
    "/usr/lib/docker",
    "/usr/libexec/docker",
  ].filter(existsSync);
  const script = [
    ...hide.map((folder) => `mount -t tmpfs none ${folder}`),
    `exec env -i HOME=/nonexistent PATH=/nonexistent "$@"`,
  ].join("\n");
  const argv = [process.execPath, resolve("dist/cli.js"), "build", "--write"];
  const run = (): string =>
    execFileSync("unshare", ["--mount", "sh", "-ec", script, "sh", ...argv], {
      cwd: project.dir,
      encoding: "utf8",
      stdio: "pipe",
    });
  expect(run).toThrow(
    expect.objectContaining({
      status: 3,
      stderr: expect.stringMatching(
        /docker buildx not found in .*\/usr\/libexec\/docker\/cli-plugins or PATH\nhint: install Docker's buildx plugin/,
      ) as string,
    }) as Error,
  );
});

test("no colour and no control characters reach what is no terminal", async () => {
  const result = await layerkeep(project, ["build", "--write"], { env: engineEnv() });
  expect(result.code).toBe(3);
  expect(result.stdout + result.stderr).not.toContain("\u001b");
});
