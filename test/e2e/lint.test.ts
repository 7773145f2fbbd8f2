import { execFileSync } from "node:child_process";
import { chmodSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { layerkeep } from "../support/cli.ts";
import { at } from "../support/json.ts";
import { createProject, type Project } from "../support/project.ts";

const path = ".github/workflows/images.yml";
const workflow = `\
name: images
on: { push: { branches: [main] } }

jobs:
  build:
    runs-on: ubuntu-24.04
    steps:
      - uses: docker/build-push-action@v6
        with: # the cache is read by the next push
          push: true
          cache-from: type=registry,ref=ghcr.io/acme/app:cache
          cache-to: type=registry,ref=ghcr.io/acme/app:cache,mode=max   # all stages
`;
const only = ["--rule", "no-ignore-error"];
let project: Project;

beforeEach(() => {
  project = createProject(() => ({ [path]: workflow }));
});

afterEach(() => project[Symbol.dispose]());

test("a fault is shown with its line, and its page is in the package", async () => {
  const found = await layerkeep(project, ["lint", ...only], { cwd: join(project.dir, ".github") });
  expect(found).toMatchObject({ code: 1, stderr: "" });
  expect(found.stdout).toContain(`\
warning[no-ignore-error]: the build fails if this cache cannot be written
  --> workflows/images.yml:12:21
   |
12 |           cache-to: type=registry,ref=ghcr.io/acme/app:cache,mode=max   # all stages
   |                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
   = fix: `);
  const page = await layerkeep(project, ["lint", "--explain", "no-ignore-error"]);
  expect(page).toMatchObject({ code: 0, stderr: "" });
  expect(page.stdout).toBe(readFileSync("docs/lint/no-ignore-error.md", "utf8"));
});

test("--fix changes the fault alone, and then it is clean", async () => {
  const file = join(project.dir, path);
  chmodSync(file, 0o664);
  const fixed = await layerkeep(project, ["lint", ...only, "--fix"]);
  expect(fixed).toMatchObject({ code: 0, stderr: "" });
  expect(fixed.stdout).toMatch(/^fixed\[no-ignore-error\]: .*:12:21: .*\n\n1 fixed, no findings/);
  expect(readFileSync(file, "utf8")).toBe(
    workflow.replace("mode=max ", "mode=max,ignore-error=true "),
  );
  expect(statSync(file).mode & 0o7777).toBe(0o664);
  expect(project.git("diff", "--numstat").split("\t").slice(0, 2)).toEqual(["1", "1"]);
  expect(project.git("status", "--porcelain").split("\n").length).toBe(1);
  expect(await layerkeep(project, ["lint", ...only])).toMatchObject({
    code: 0,
    stdout: "no findings, 1 file checked\n",
  });
});

test("annotations name the line, from the workspace, and never run a text of the file", async () => {
  const hostile = workflow.replace("app:cache,", "app:%0A::error::x,");
  project.write({ [path]: hostile });
  const env = { GITHUB_ACTIONS: "true", GITHUB_WORKSPACE: project.dir };
  const { stdout, stderr } = await layerkeep(project, ["lint", ...only], { env });
  const where = `file=${path},line=12,col=21,endLine=12`;
  expect(stderr).toMatch(new RegExp(`^::warning ${where},endColumn=\\d+,title=no-ignore-error::`));
  expect(`${stdout}\n${stderr}`.match(/^::/gm)).toHaveLength(1);
});

test("SARIF and JSON are results for programs, of standard input, too", () => {
  const run = (...args: readonly string[]): string => {
    const argv = [resolve("dist/cli.js"), "lint", ...only, ...args];
    try {
      return execFileSync(process.execPath, argv, {
        cwd: project.dir,
        encoding: "utf8",
        input: workflow,
        stdio: ["pipe", "pipe", "ignore"],
      });
    } catch (error) {
      return (error as { readonly stdout: string }).stdout;
    }
  };
  expect(at(run("-", "--json"), "findings", 0)).toMatchObject({ file: "<stdin>", line: 12 });
  expect(at(run("--format", "sarif"), "runs", 0, "results", 0)).toMatchObject({
    ruleId: "no-ignore-error",
    locations: [{ physicalLocation: { artifactLocation: { uri: path } } }],
  });
});

test("what is no workflow is refused, with the rest checked", async () => {
  project.write({ ".github/workflows/broken.yml": "on: push\njobs: [\n" });
  const { code, stdout } = await layerkeep(project, ["lint", ...only]);
  expect(code).toBe(2);
  expect(stdout).toContain("warning[no-ignore-error]: ");
  expect(stdout).toContain("error: .github/workflows/broken.yml:3:1: ");
  expect(stdout).toMatch(/1 finding .*, 1 file with problems, 1 file checked\n$/);
  const none = await layerkeep(project, ["lint", "nowhere.yml"]);
  expect(none).toMatchObject({ code: 2, stdout: "" });
  expect(none.stderr).toBe("error: cannot read nowhere.yml: no such file\n");
});
