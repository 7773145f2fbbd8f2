import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readLog } from "../../src/pipeline/build-log.ts";
import { layerkeep } from "../support/cli.ts";
import { testEngine } from "../support/engine.ts";
import { type GithubRun, githubEnv, pullRequest } from "../support/github.ts";
import { at } from "../support/json.ts";
import { createProject, type Project } from "../support/project.ts";
import { tagsOf, testClient } from "../support/repository-state.ts";
import { engineEnv, smallProject } from "../support/small-build.ts";

const {
  registries: [registry, second],
  baseImage,
} = testEngine();
let project: Project;

beforeEach(() => {
  project = createProject((id) => smallProject(config(id, ""), { Dockerfile: dockerfile(id) }));
});

afterEach(() => project[Symbol.dispose]());

/** With a refresh command that leaves a trace. */
function config(id: string, cache: string): string {
  return `cache: { repository: ${registry}/${id}/cache${cache} }
refresh: { arg: EPOCH, command: "touch ran; echo 1" }
publish: { repository: ${second}/${id}/app, tags: ["type=raw,value=1"] }
variants:
  core: { secrets: ["id=token,env=TOKEN"] }
`;
}

function dockerfile(id: string): string {
  return `FROM ${baseImage.reference}\nARG EPOCH\nRUN echo ${id}\n`;
}

const run = (github: GithubRun, ...args: string[]) =>
  layerkeep(project, args.length === 0 ? ["up", "--json", "--quiet"] : args, {
    env: { ...engineEnv(), ...githubEnv(project, github), TOKEN: "s3cr3t" },
  });
const main: GithubRun = { event: "push", ref: "refs/heads/main" };

async function everything(): Promise<unknown> {
  const names = [`${registry}/${project.id}/cache`, `${second}/${project.id}/app`];
  return Promise.all(names.map(tagsOf));
}

const untrusted: [string, () => GithubRun][] = [
  [
    "a pull request from a fork",
    () => ({
      event: "pull_request",
      ref: "refs/pull/5/merge",
      payload: pullRequest(project, "someone/app"),
    }),
  ],
  [
    "a pull request from the repository itself",
    () => ({
      event: "pull_request",
      ref: "refs/pull/5/merge",
      payload: pullRequest(project, "acme/app"),
    }),
  ],
  [
    "pull_request_target",
    () => ({
      event: "pull_request_target",
      ref: "refs/heads/main",
      payload: pullRequest(project, "someone/app"),
    }),
  ],
  ["a push to another branch", () => ({ event: "push", ref: "refs/heads/topic" })],
  [
    "a merge queue",
    () => ({
      event: "merge_group",
      ref: "refs/heads/gh-readonly-queue/main/pr-5",
      payload: { merge_group: { base_ref: "refs/heads/main" } },
    }),
  ],
  [
    "a checkout that is not the event's commit",
    () => ({ event: "push", ref: "refs/heads/main", sha: "1".repeat(40) }),
  ],
];

test("a push to the default branch stages, writes its cache and log, publishes, and runs the refresh command", async () => {
  const result = await run(main);
  expect(result).toMatchObject({ code: 0, stderr: "" });
  expect(at(result.stdout, "legs", 0)).toMatchObject({ outcome: "built", cache: "yes" });
  expect(Object.keys(await tagsOf(`${registry}/${project.id}/cache`))).toEqual([
    "cache-core-amd64",
    "leg-core-amd64",
    expect.stringMatching(/^leg-core-amd64-[0-9a-f]{40}$/),
    "log-core-amd64",
  ]);
  expect(await tagsOf(`${second}/${project.id}/app`)).toEqual({
    "1": at(result.stdout, "published", 0, "digest"),
  });
  expect(existsSync(join(project.dir, "ran"))).toBe(true);
  await using client = testClient();
  expect(await readLog(client, `${registry}/${project.id}/cache:log-core-amd64`)).toMatchObject([
    { ref: "refs/heads/main", run: "https://github.com/acme/app/actions/runs/42" },
  ]);
});

describe.each(untrusted)("%s", (_, github) => {
  test("checks the build, writes nothing, gets no secret, and runs no command of the config", async () => {
    const before = await everything();
    const result = await run(github(), "up");
    expect(result.code).toBe(0);
    expect(result.stdout).toMatch(/^core\/linux\/amd64 +checked /m);
    expect(result.stdout).not.toMatch(/WRITTEN|written/);
    expect(result.stderr).toContain("nothing is published: ");
    expect(await everything()).toEqual(before);
    expect(existsSync(join(project.dir, "ran"))).toBe(false);
    expect(result.stdout + result.stderr).not.toContain("s3cr3t");
  });
});

test("a step of an untrusted build finds no secret, and that of a trusted one does", async () => {
  const failing = (expected: string) => ({
    Dockerfile: `FROM ${baseImage.reference}
RUN --mount=type=secret,id=token echo ${project.id}; if [ -e /run/secrets/token ]; then echo had; else echo none; fi > /secret; [ $(cat /secret) = ${expected} ]
`,
  });
  project.write(failing("none"));
  project.commit("none");
  const fork: GithubRun = {
    event: "pull_request",
    ref: "refs/pull/5/merge",
    payload: pullRequest(project, "someone/app"),
  };
  expect(await run(fork, "build")).toMatchObject({ code: 0 });
  project.write(failing("had"));
  project.commit("had");
  expect(await run(main, "build")).toMatchObject({ code: 0 });
});

test("an untrusted run reads the default branch's cache and leaves all as it stood", async () => {
  expect(await run(main, "build")).toMatchObject({ code: 0 });
  const before = await everything();
  const fork: GithubRun = {
    event: "pull_request",
    ref: "refs/pull/5/merge",
    payload: pullRequest(project, "someone/app"),
  };
  const planned = await run(fork, "plan", "--json", "--quiet");
  expect(at(planned.stdout, "legs", 0, "cache")).toEqual({
    from: [
      { type: "registry", attributes: { ref: `${registry}/${project.id}/cache:cache-core-amd64` } },
    ],
    to: [],
  });
  await run(fork, "build");
  expect(await everything()).toEqual(before);
});

test("only where scratch is configured an untrusted run writes its cache there, and a trusted one never reads it", async () => {
  const scratch = `${second}/${project.id}/scratch`;
  project.write({ "layerkeep.yml": config(project.id, `, scratch: ${scratch}`) });
  project.commit("scratch");
  const pull: GithubRun = {
    event: "pull_request",
    ref: "refs/pull/5/merge",
    payload: pullRequest(project, "acme/app"),
  };
  const before = await everything();
  const result = await run(pull, "build", "--json", "--quiet");
  expect(result.code).toBe(0);
  expect(at(result.stdout, "legs", 0)).toMatchObject({ outcome: "checked", cache: "yes" });
  expect(Object.keys(await tagsOf(scratch))).toEqual(["cache-core-amd64.pr-5"]);
  expect(await everything()).toEqual(before);

  const again = await run(pull, "plan", "--json", "--quiet");
  expect(JSON.stringify(at(again.stdout, "legs", 0, "cache", "from"))).toContain(scratch);
  const trusted = await run(main, "plan", "--json", "--quiet");
  expect(JSON.stringify(at(trusted.stdout, "legs", 0))).not.toContain(scratch);
});

test("a plan of a trusted run lends an untrusted one nothing", async () => {
  const plan = join(project.outside, "plan.json");
  expect(await run(main, "plan", "--output", plan)).toMatchObject({ code: 0 });
  const before = await everything();
  const result = await run({ event: "push", ref: "refs/heads/topic" }, "build", "--plan", plan);
  expect(result).toMatchObject({ code: 2, stdout: "" });
  expect(result.stderr).toContain("the plan was made with more trust than this run has");
  expect(await everything()).toEqual(before);
});
