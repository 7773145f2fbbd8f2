import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { layerkeep } from "../support/cli.ts";
import { createProject, type Project } from "../support/project.ts";

let project: Project;

beforeEach(() => {
  project = createProject(() => ({
    "layerkeep.yml": "cache: 127.0.0.1:9/acme/cache\nvariants:\n  server: {}\n  worker: {}\n",
    Dockerfile: "FROM scratch\nCOPY layerkeep.yml /\n",
  }));
});

afterEach(() => project[Symbol.dispose]());

describe("a config that is wrong is told with its place and what would be right, and exits with 2", () => {
  const cache = "cache: 127.0.0.1:9/acme/cache\n";
  test.each<[string, string, string[]]>([
    [
      "a Dockerfile that is not there",
      `${cache}variants:\n  server:\n    dockerfile: Dockerfil\n`,
      [
        'layerkeep.yml:4:17: the Dockerfile "Dockerfil" does not exist (did you mean "Dockerfile"?)',
      ],
    ],
    [
      "a variant listed twice",
      `${cache}variants:\n  server: {}\n  server: {}\n`,
      ['layerkeep.yml:4:3: the key "server" is set twice (also on line 3)'],
    ],
    [
      "two legs that would share a cache",
      `cache:\n  repository: 127.0.0.1:9/acme/cache\n  tag: "cache-{platform}"\nvariants:\n  a: {}\n  b: {}\n`,
      [
        'layerkeep.yml:3:8: "cache-{platform}" produces the same tag for multiple legs (add {platform} and either {suffix} or {name}, as in cache{suffix}-{platform})',
      ],
    ],
    [
      "two legs that would share the tag of what is staged",
      `${cache}variants:\n  x: { platforms: [windows/amd64] }\n  x-windows: {}\n`,
      [
        "layerkeep.yml:4:3: the legs x/windows/amd64 and x-windows/linux/amd64 would share the tag leg-x-windows-amd64",
      ],
    ],
    [
      "an unknown platform and a misspelt key, both at once",
      `${cache}variants:\n  x:\n    platforms: [linux/amd65]\n    contxt: .\n`,
      [
        'layerkeep.yml:4:17: "linux/amd65" is not a platform (did you mean linux/amd64?)',
        'layerkeep.yml:5:5: unknown key "contxt" in variants.x (did you mean "context"?)',
      ],
    ],
  ])("%s", async (_, config, expected) => {
    project.write({ "layerkeep.yml": config });
    const result = await layerkeep(project, ["plan"]);
    expect(result).toMatchObject({ code: 2, stdout: "" });
    for (const line of expected) expect(result.stderr).toContain(line);
  });
});

describe("a command line that is wrong is told what was meant, and exits with 2", () => {
  test.each<[string, string[], string]>([
    ["a misspelt command", ["biuld"], "error: unknown command 'biuld'\nhint: did you mean build?"],
    [
      "a misspelt flag",
      ["build", "--jbs", "3"],
      "error: unknown option '--jbs'\nhint: did you mean --jobs?",
    ],
    ["a bad number", ["build", "--jobs=0"], "Use an integer from 1 to 999."],
    [
      "a misspelt leg",
      ["build", "servr", "worker/linux/arm64"],
      'the plan has no leg or variant "servr" (did you mean server?)\nthe plan has no leg or variant "worker/linux/arm64" (did you mean worker/linux/amd64?)',
    ],
    [
      "a plan that is not there",
      ["build", "--plan=nope.json"],
      "hint: create one with `layerkeep plan --output plan.json`",
    ],
    [
      "a plan that is none",
      ["build", "--plan=Dockerfile"],
      "Dockerfile: not a plan: it is not JSON",
    ],
    [
      "a config that is not there",
      ["plan", "--config=nope.yml"],
      "hint: run `layerkeep init` to create one",
    ],
    ["a variable that the config does not have", ["plan", "--var=X=1"], "X"],
    ["a shell without completion", ["completion", "tcsh"], "Allowed choices are bash, zsh, fish."],
  ])("%s", async (_, args, expected) => {
    const result = await layerkeep(project, args);
    expect(result).toMatchObject({ code: 2, stdout: "" });
    expect(result.stderr).toContain(expected);
  });
});

test("without a config it names the command that writes one", async () => {
  const result = await layerkeep(project, ["plan"], { cwd: project.outside });
  expect(result).toMatchObject({ code: 2, stdout: "" });
  expect(result.stderr).toMatch(/no layerkeep\.yml, .* or \.layerkeep\.yml found in /);
  expect(result.stderr).toContain("hint: run `layerkeep init` to create one");
});

test("a flag that would change an existing plan is refused", async () => {
  await layerkeep(project, ["plan", "--output=plan.json"]);
  const result = await layerkeep(project, ["build", "--plan=plan.json", "--force"]);
  expect(result).toEqual({
    code: 2,
    signal: null,
    stdout: "",
    stderr:
      "error: --force cannot change an existing plan\nhint: pass such flags to `layerkeep plan` instead\n",
  });
});

test("a build that could be staged nowhere is refused before it begins", async () => {
  project.write({ "layerkeep.yml": "variants:\n  server: {}\n" });
  const result = await layerkeep(project, ["build", "--write"], { env: { CI: "true" } });
  expect(result).toMatchObject({ code: 2, stdout: "" });
  expect(result.stderr).toContain("hint: set cache: to a repository");
});
