import { cpSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { layerkeep } from "../support/cli.ts";
import { at } from "../support/json.ts";
import { createProject, type Project } from "../support/project.ts";

let project: Project;
beforeEach(() => {
  project = createProject(() => ({ "README.md": "a repository with a workflow\n" }));
  cpSync(resolve("test/fixtures/migrate/two-variants"), project.dir, { recursive: true });
  rmSync(join(project.dir, "expected.yml"));
  project.git("remote", "add", "origin", "https://github.com/example/indexer.git");
});
afterEach(() => project[Symbol.dispose]());

const read = (path: string): string => readFileSync(join(project.dir, path), "utf8");

test("a repository's workflow becomes a config, workflows and a comparison", async () => {
  const old = read(".github/workflows/docker.yml");
  const imported = await layerkeep(project, ["import", "github"]);
  expect(imported.code).toBe(0);
  expect(imported.stderr).toMatch(/^\nnext: run `layerkeep plan`, /);
  expect(imported.stdout).toContain("2 variants (4 legs)");
  expect(imported.stdout).toContain("wrote layerkeep.yml\nwrote .github/workflows/images.yml\n");
  expect(read(".github/workflows/docker.yml")).toBe(old);
  const expected = readFileSync("test/fixtures/migrate/two-variants/expected.yml", "utf8");
  expect(read("layerkeep.yml").replace(/^# yaml-language-server: .*\n/, "")).toBe(expected);
  expect(await layerkeep(project, ["ci", "github", "--check"])).toMatchObject({ code: 0 });
  const again = await layerkeep(project, ["import", "github", ".github/workflows/docker.yml"]);
  expect(again).toMatchObject({ code: 2, stdout: "" });
  expect(again.stderr).toContain("layerkeep.yml already exists\nhint: pass --force");
});

test("a second config is not written beside one of another name", async () => {
  project.write({ ".layerkeep.yml": "variants: {}\n" });
  const refused = await layerkeep(project, ["import", "github"]);
  expect(refused).toMatchObject({ code: 2, stdout: "" });
  expect(refused.stderr).toContain(".layerkeep.yml already exists\nhint: pass --force");
});

test("the config plans the tags that the old workflow pushed for a release", async () => {
  const { stdout } = await layerkeep(project, ["import", "github", "--json", "--no-workflow"]);
  expect(at(stdout, "differences")).toEqual([
    {
      message: "caches are now only read, but were written before",
      runs: ["a push of the tag v1.2.3", "a push of the tag v1.2.3-rc.1"],
    },
  ]);
  expect(at(stdout, "carried", "repositories")).toEqual([
    "docker.io/example/indexer",
    "ghcr.io/example/indexer",
  ]);
});

test("init mentions workflows that can be imported", async () => {
  const { code, stderr } = await layerkeep(project, ["init"]);
  expect(code).toBe(0);
  expect(stderr).toContain(
    "note: found .github/workflows/docker.yml: `layerkeep init --from github` uses it instead\n",
  );
});
