import { renameSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { layerkeep } from "../support/cli.ts";
import { testEngine } from "../support/engine.ts";
import { at } from "../support/json.ts";
import { createProject, type Project } from "../support/project.ts";
import { tagsOf } from "../support/repository-state.ts";
import { engineEnv, smallProject } from "../support/small-build.ts";

const {
  registries: [, registry],
} = testEngine();
let project: Project;
let cache: string;
let image: string;

beforeEach(() => {
  project = createProject((id) => {
    cache = `${registry}/${id}/cache`;
    image = `${registry}/${id}/app`;
    return smallProject(`cache: { repository: ${cache}, scratch: ${registry}/${id}/scratch }
publish:
  - repository: ${image}
    tags: ["type=ref,event=branch", "type=semver,pattern={{version}}"]
preview: ${registry}/${id}/preview
branches: { release: ["release/*"] }
variants:
  core: {}
`);
  });
});
afterEach(() => project[Symbol.dispose]());

const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  layerkeep(project, args, { env: { ...engineEnv(), ...env } });

describe("plan --as", () => {
  test.each([
    ["push:main", "trusted", "push, refs/heads/main (GitHub)", /core +\S+\/app +main\n/],
    ["push:release/1", "trusted", "push, refs/heads/release/1 (GitHub)", /\/app +release-1\n/],
    ["push:topic", "untrusted", "push, refs/heads/topic (GitHub)", /\/preview +\S+/],
    ["tag:v1.2.3", "trusted", "push, refs/tags/v1.2.3 (GitHub)", /\/app +1\.2\.3, latest\n/],
    ["pull_request", "untrusted", "pull_request, refs/pull/1/merge (GitHub)", /\/preview +pr-1/],
    ["pull_request:fork", "untrusted", "pull_request, refs/pull/1/merge (GitHub)", /from a fork/],
    [
      "schedule",
      "trusted",
      "schedule, refs/heads/main (GitHub)",
      /caches: .*written to \S+\/cache\n/,
    ],
    ["local", "local", "local, refs/heads/main (this machine)", /publishes: nothing\n/],
  ])("%s", async (event, level, shown, also) => {
    const { code, stdout, stderr } = await run(["plan", "--as", event]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain(`\ntrust: ${level} (`);
    expect(stdout).toContain(`\nevent: ${shown}\n`);
    expect(`${stdout}\n`).toMatch(also);
    const json = await run(["plan", "--as", event, "--json"]);
    expect(at(json.stdout, "trust", "level")).toBe(level);
    expect(Object.keys(await tagsOf(cache))).toEqual([]);
  });

  test("a matrix is of that run, too", async () => {
    const { code, stdout } = await run(["plan", "--as", "tag:v1.2.3", "--matrix"]);
    expect({ code, leg: at(stdout, "include", 0, "leg") }).toEqual({
      code: 0,
      leg: "core/linux/amd64",
    });
  });

  test("affected takes it", async () => {
    project.write({ src: "changed\n" });
    const { code, stdout } = await run(["affected", "--base", "HEAD", "--as", "pull_request:fork"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "core/linux/amd64\n" });
  });
});

describe("what --as refuses", () => {
  test.each([
    [["build", "--as", "push:main"], "this command would write\nhint: add --dry-run"],
    [["up", "--as", "push:main"], "this command would write"],
    [["publish", "--as", "push:main"], "this command would write"],
    [["plan", "--as", "push:main", "--output", "plan.json"], "--as cannot be used with --output"],
    [["plan", "--as", "psh:main"], 'Did you mean "push"?'],
    [["plan", "--as", "tag:"], "Use tag:TAG, such as tag:v1.2.3."],
  ])("%j", async (args, message) => {
    const { code, stdout, stderr } = await run(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(message);
    expect(Object.keys(await tagsOf(cache))).toEqual([]);
  });

  test("CI, where it could give a run more trust than it has", async () => {
    const { code, stderr } = await run(["plan", "--as", "push:main"], { CI: "true" });
    expect(code).toBe(2);
    expect(stderr).toContain("--as cannot be used in CI");
  });

  test("a folder that is no checkout", async () => {
    renameSync(join(project.dir, ".git"), join(project.outside, "moved"));
    const { code, stderr } = await run(["plan", "--as", "push:main"]);
    expect(code).toBe(2);
    expect(stderr).toContain("--as needs a git checkout with at least one commit");
  });
});

describe("dry runs", () => {
  test("up shows builds, images and tags, before and after", async () => {
    const first = await run(["up", "--dry-run", "--write"]);
    expect(first).toMatchObject({ code: 0, stderr: "" });
    expect(first.stdout).toMatch(/core\/linux\/amd64 +build /);
    expect(first.stdout).toMatch(/\/app:main +- +the new build +the tag is new\n/);
    expect(first.stdout).toContain("(--dry-run): 1 tag would be created, 0 moved, 0 left");
    expect(Object.keys(await tagsOf(image))).toEqual([]);

    expect(await run(["up", "--write", "--quiet"])).toMatchObject({ code: 0 });
    const now = (await tagsOf(image))["main"]?.slice(0, 19) ?? "no tag";
    const second = await run(["up", "--dry-run", "--write"]);
    expect(second.stdout).toContain(`${now}  stays  the tag is up to date\n`);
    expect(second.stdout).toContain("0 tags would be created, 0 moved, 1 left as it is");

    project.write({ src: "changed\n" });
    project.commit("second");
    const third = await run(["up", "--dry-run", "--write"]);
    expect(third.stdout).toMatch(new RegExp(`${now} +the new build +\\w+ comes after `));
    expect(third.stdout).toContain("0 tags would be created, 1 moved, 0 left");
    const json = await run(["up", "--dry-run", "--write", "--json"]);
    expect(at(json.stdout, "tags", 0)).toMatchObject({ tag: "main", after: null, moves: true });
    expect((await tagsOf(image))["main"]?.startsWith(now)).toBe(true);
  });

  test("up --as shows a release", async () => {
    const { code, stdout } = await run(["up", "--dry-run", "--as", "tag:v2.0.0"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/\/app:2\.0\.0 +- +the new build/);
    expect(stdout).toMatch(/\/app:latest +- +the new build/);
  });

  test("publish shows both digests", async () => {
    expect(await run(["build", "--write", "--quiet"])).toMatchObject({ code: 0 });
    const { code, stdout } = await run(["publish", "--dry-run", "--write"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/\/app:main +- +sha256:[0-9a-f]{12} +the tag is new\n/);
  });

  test("a registry that does not answer is shown, and no error", async () => {
    const text = `cache: ${cache}\npublish: 127.0.0.1:9/acme/app\nvariants:\n  core: {}\n`;
    project.write({ "layerkeep.yml": text });
    const { code, stdout } = await run(["up", "--dry-run", "--write"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /127\.0\.0\.1:9\/acme\/app:main +- +the new build +the tagged image cannot be read/,
    );
  });
});
