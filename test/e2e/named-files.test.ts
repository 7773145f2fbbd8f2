import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { layerkeep } from "../support/cli.ts";
import { createProject, type Project } from "../support/project.ts";

let project: Project;

beforeEach(() => {
  project = createProject(() => ({
    "layerkeep.yml": "variants:\n  core: {}\n",
    Dockerfile: "FROM scratch\n",
  }));
});

afterEach(() => project[Symbol.dispose]());

/** The user and group `nobody`. */
const nobody = 65_534;

interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command in the project in a shell, where `layerkeep` is the built command line. */
function shell(
  script: string,
  options: { readonly home?: string; readonly uid?: number } = {},
): Run {
  const run = `layerkeep() { "${process.execPath}" "${resolve("dist/cli.js")}" "$@"; }\n${script}`;
  const { home = join(project.outside, "home"), uid } = options;
  const { status, stdout, stderr } = spawnSync("bash", ["-c", run], {
    cwd: project.dir,
    encoding: "utf8",
    env: { PATH: process.env["PATH"], HOME: home },
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  return { code: status, stdout, stderr };
}

/** The project belongs to `nobody`, who has this folder as home. */
function giveToNobody(home: string): void {
  mkdirSync(home, { recursive: true });
  spawnSync("chown", ["-R", `${nobody}:${nobody}`, project.dir, home]);
  for (const folder of [project.outside, project.dir, home]) chmodSync(folder, 0o755);
}

describe("a file that a flag names is checked before anything is done", () => {
  test.each([
    [
      ["plan", "--output", "/nosuch/x"],
      /the folder \/nosuch does not exist\nhint: create it: mkdir/,
    ],
    [["plan", "-c", "."], /\.: it is a folder\nhint: use layerkeep\.yml\n/],
    [["plan", "-o", "."], /it is a folder\n/],
    [["build", "--plan", "none.json"], /no such file\nhint: create one with `layerkeep plan/],
    [["build", "--metadata-file", "Dockerfile/x"], /Dockerfile is not a folder\n|not a folder\n/],
    [["up", "--metadata-file", "-"], /- is not supported here\n/],
    [["registry", "serve", "--htpasswd", "none"], /no such file\n/],
    [["registry", "check", "--root", "Dockerfile"], /it is not a folder\n/],
    [["ci", "github", "--output-dir", "Dockerfile"], /it is not a folder\n/],
  ])("%j", async (argv, message) => {
    const { code, stdout, stderr } = await layerkeep(project, argv);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^error: --[a-z-]+: cannot (?:read|write|use) /);
    expect(stderr).toMatch(message);
  });

  test("files that this user may not read or write", () => {
    giveToNobody(join(project.outside, "home"));
    chownSync(join(project.dir, "layerkeep.yml"), 0, 0);
    chmodSync(join(project.dir, "layerkeep.yml"), 0o600);
    const hint = /hint: check the owner and the permissions: ls -ld .*\n$/;
    const named = shell("layerkeep plan -c layerkeep.yml", { uid: nobody });
    expect(named.code).toBe(2);
    expect(named.stderr).toMatch(
      /^error: --config: cannot read layerkeep\.yml: permission denied\n/,
    );
    expect(named.stderr).toMatch(hint);
    const found = shell("layerkeep plan", { uid: nobody });
    expect(found.code).toBe(2);
    expect(found.stderr).toMatch(/layerkeep\.yml: the config cannot be read: permission denied\n/);
    expect(found.stderr).toMatch(hint);
    const written = shell("layerkeep plan --output /etc/plan.json", { uid: nobody });
    expect(written.stderr).toMatch(/cannot write \/etc\/plan\.json: permission denied\n/);
  });
});

describe("standard input and output", () => {
  test("a plan goes from one command to the other", () => {
    const { code, stdout } = shell("layerkeep plan -o - | layerkeep explain --plan -");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^core\/linux\/amd64 needs a build:/);
    expect(JSON.parse(shell("layerkeep plan --output -").stdout)).toHaveProperty("legs");
  });

  test("files of Linux for them, and of a shell for another command", () => {
    expect(JSON.parse(shell("layerkeep plan -o /dev/stdout").stdout)).toHaveProperty("legs");
    const given = shell(
      "layerkeep plan -o plan.json >&2 && layerkeep explain --plan <(cat plan.json)",
    );
    expect(given.code).toBe(0);
  });
});

describe("a home that cannot be written", () => {
  test.each(["up", "registry serve", "cache serve-gha"])("%s names XDG_CACHE_HOME", (command) => {
    const home = join(project.outside, "home");
    giveToNobody(home);
    chownSync(home, 0, 0);
    const { code, stderr } = shell(`layerkeep ${command}`, { uid: nobody, home });
    expect(stderr).toBe(
      `error: cannot write the cache folder ${home}/.cache/layerkeep: permission denied\n` +
        "hint: set XDG_CACHE_HOME to a folder that this user can write to\n",
    );
    expect(code).toBe(2);
  });
});

test("buildx's folder that sudo made", () => {
  const home = join(project.outside, "home");
  giveToNobody(home);
  const folder = join(home, ".docker", "buildx");
  mkdirSync(folder, { recursive: true });
  project.write({ "layerkeep.yml": "cache: 127.0.0.1:9/x/cache\nvariants:\n  core: {}\n" });
  const { code, stderr } = shell("layerkeep build --write", { uid: nobody, home });
  expect(stderr).toMatch(/: permission denied \(this user cannot write buildx's folder, perhaps/);
  expect(stderr).toContain(`sudo chown -R "$(id -u)" ${folder}`);
  expect(code).toBe(3);
});

describe("--json", () => {
  const errorOf = (stderr: string): unknown =>
    JSON.parse(stderr.trimEnd().split("\n").at(-1) ?? "");

  test.each<[string[], object]>([
    [
      ["plan", "--json", "--explian"],
      { error: "unknown option '--explian'", hint: "did you mean --explain?", code: "usage" },
    ],
    [["nothing", "--json"], { code: "usage", hint: "see `layerkeep --help`" }],
    [
      ["plan", "--json", "-c", "none.yml"],
      { error: "--config: cannot read none.yml: no such file", code: "usage" },
    ],
  ])("the error of %j is JSON", async (argv, expected) => {
    const { code, stdout, stderr } = await layerkeep(project, argv);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(errorOf(stderr)).toMatchObject({ ...expected, exitCode: 2 });
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  });

  test("a config's problems have their places", async () => {
    project.write({ "layerkeep.yml": "variants: {core: {contxt: .}}\n" });
    const { stderr } = await layerkeep(project, ["plan", "--json"]);
    expect(errorOf(stderr)).toMatchObject({
      code: "usage",
      problems: [{ file: join(project.dir, "layerkeep.yml"), line: 1 }],
    });
  });

  test("of --version has what a report needs", async () => {
    const { stdout } = await layerkeep(project, ["--version", "--json"]);
    const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
    expect(JSON.parse(stdout)).toEqual({
      version,
      commit: expect.stringMatching(/^[0-9a-f]{40}$/) as string,
      node: process.versions.node,
      platform: `${process.platform}/${process.arch}`,
    });
  });
});

test("-q prints the result, and nothing else", async () => {
  const loud = await layerkeep(project, ["plan"]);
  const quiet = await layerkeep(project, ["plan", "-q"]);
  expect(quiet).toEqual({ ...loud, stderr: "" });
  expect(quiet.stdout).toContain("core/linux/amd64");
});
