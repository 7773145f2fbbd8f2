import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type CliResult, layerkeep } from "../support/cli.ts";
import { testEngine } from "../support/engine.ts";
import { githubEnv } from "../support/github.ts";
import { at } from "../support/json.ts";
import { moveTag } from "../support/move-tag.ts";
import { createProject, type Project } from "../support/project.ts";
import { engineEnv } from "../support/small-build.ts";

const {
  registries: [registry, second],
} = testEngine();
let project: Project;
let base: string;

beforeEach(async () => {
  project = createProject((id) => {
    base = `${registry}/${id}/base:1`;
    return {};
  });
  await moveTag(base, "first");
  project.write({
    "layerkeep.yml": `cache: { repository: ${registry}/${project.id}/cache }
publish: { repository: "${second}/${project.id}/{name}", tags: ["type=raw,value=1"] }
defaults: { context: "{name}", platforms: [linux/amd64] }
variants:
  api: { platforms: [linux/amd64, linux/arm64] }
  api-gateway: {}
  web: { contexts: { app: "variant:worker" } }
  worker: {}
`,
    "api/Dockerfile": `FROM ${base}\nCOPY Dockerfile /\n`,
    "api-gateway/Dockerfile": "FROM scratch\nCOPY Dockerfile /\n",
    "web/Dockerfile": "FROM app\nCOPY Dockerfile /\n",
    "worker/Dockerfile": "FROM scratch\nCOPY Dockerfile source* /\n",
  });
  project.commit("all");
});

afterEach(() => project[Symbol.dispose]());

const run = (...args: string[]): Promise<CliResult> =>
  layerkeep(project, args, {
    env: { ...engineEnv(), ...githubEnv(project, { event: "push", ref: "refs/heads/main" }) },
  });
const api = ["api/linux/amd64", "api/linux/arm64"];
const gateway = "api-gateway/linux/amd64";

/** What a run of `up` or `build` did: `LEG OUTCOME`. */
async function built(...args: string[]): Promise<readonly string[]> {
  const { code, stdout, stderr } = await run(...args, "--json");
  expect({ code, stderr }).toMatchObject({ code: 0 });
  const legs = at(stdout, "legs") as { leg: string; outcome: string }[];
  return legs.map(({ leg, outcome }) => `${leg} ${outcome}`);
}

describe("names, globs and platforms", () => {
  test("select what is planned, in the table and in the plan's file", async () => {
    const table = await run("plan", "api*", "--platform", "linux/amd64", "-o", "plan.json");
    expect(table.code).toBe(0);
    expect(table.stdout).toMatch(/^api\/linux\/amd64 +build/m);
    expect(table.stdout).toMatch(/^2 legs: 2 to build/m);
    expect(table.stdout).not.toContain("arm64");
    expect(table.stdout).not.toContain("worker");

    // Later jobs of the same run do no more than that.
    expect(await built("build", "--plan", "plan.json")).toEqual([
      "api/linux/amd64 built",
      `${gateway} built`,
    ]);
    const published = await run("publish", "--plan", "plan.json", "--json", "api-*");
    expect(published.code).toBe(0);
    expect(at(published.stdout, "published")).toMatchObject([{ variant: "api-gateway" }]);
  });

  test("select what is built, published and explained", async () => {
    expect(await built("build", "*/linux/arm64")).toEqual(["api/linux/arm64 built"]);
    const up = await run("up", "api", gateway, "--json");
    expect(at(up.stdout, "legs")).toMatchObject([
      { leg: api[0], outcome: "built" },
      { leg: api[1], outcome: "reused" },
      { leg: gateway, outcome: "built" },
    ]);
    expect(at(up.stdout, "published")).toMatchObject([
      { variant: "api" },
      { variant: "api-gateway" },
    ]);
    const explained = await run("explain", "api*", "--platform", "linux/arm64", "--json");
    expect(at(explained.stdout, "legs")).toMatchObject([{ leg: api[1], action: "reuse" }]);
    const logs = await run("logs", "--platform", "linux/arm64", "--json");
    expect(at(logs.stdout, "builds")).toMatchObject([{ leg: api[1] }]);
    const stale = await run("stale", "api*", "--json");
    expect(at(stale.stdout, "of")).toBe(3);
  });

  test.each([
    [["plan", "wrker"], 'the plan has no leg or variant "wrker" (did you mean worker?)'],
    [["up", "nothing*"], '"nothing*" (the plan contains api, api-gateway, web, worker)'],
    [["build", "--platform", "arm64"], 'platform "arm64" (did you mean linux/arm64?)'],
    [["explain", "web", "--platform", "linux/arm64"], "no leg of web is for linux/arm64"],
    [["publish", "ap"], 'the plan has no variant "ap" (did you mean api?)'],
    [["stale", "apy"], 'the config has no leg or variant "apy" (did you mean api?)'],
    [["logs", "x*"], "the config contains api, api-gateway, web, worker"],
    [["plan", "--force", "apy"], "did you mean api?"],
  ])("that match nothing are refused: %j", async (args, message) => {
    const { code, stdout, stderr } = await run(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(message);
  });
});

describe("flags", () => {
  test("--failed takes what failed last, and what is built on it", async () => {
    project.write({ "worker/Dockerfile": "FROM scratch\nCOPY missing /\n" });
    project.commit("break");
    expect((await run("up", "worker", "web", "api-gateway")).code).toBe(1);
    project.write({ "worker/Dockerfile": "FROM scratch\nCOPY Dockerfile /\nCOPY source* /\n" });
    project.commit("repair");
    const planned = await run("plan", "--failed", "--json");
    const legs = at(planned.stdout, "legs") as { id: string; action: string; reason: string }[];
    expect(legs.map(({ id, action }) => `${id} ${action}`)).toEqual([
      "api/linux/amd64 skip",
      "api/linux/arm64 skip",
      `${gateway} reuse`,
      "web/linux/amd64 build",
      "worker/linux/amd64 build",
    ]);
    expect(legs[0]?.reason).toMatch(/^its last build did not fail; /);
    expect(await built("up", "--failed")).toEqual([
      "web/linux/amd64 built",
      "worker/linux/amd64 built",
    ]);
    const again = await run("build", "--failed");
    expect(again).toMatchObject({ code: 0, stdout: "" });
    expect(again.stderr).toContain("nothing to build: no leg's last build failed");
  });

  test("--stale and names select what both do", async () => {
    await built("up");
    await moveTag(base, "second");
    expect(await built("build", "--stale", "--platform", "linux/amd64")).toEqual([
      "api/linux/amd64 built",
    ]);
    expect(await built("up", "--stale", "web")).toEqual([]);
    expect(await built("up", "--stale", "api")).toEqual(["api/linux/arm64 built"]);
  });

  test("--affected and names select what both do", async () => {
    project.git("checkout", "-q", "-b", "topic");
    project.write({
      "api/Dockerfile": `FROM ${base}\nCOPY Dockerfile /file\n`,
      "web/Dockerfile": "FROM app\n",
    });
    project.commit("change");
    expect(await built("build", "api*", "--affected=main", "--platform", "linux/amd64")).toEqual([
      "api/linux/amd64 built",
    ]);
    const none = await run("build", "api-gateway", "--affected=main");
    expect(none).toMatchObject({ code: 0, stdout: "" });
    expect(none.stderr).toContain("nothing to build: the change affects no leg");
  });
});
