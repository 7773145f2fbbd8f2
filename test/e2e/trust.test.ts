import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readLog } from "../../src/pipeline/records/build-log.ts";
import { layerkeep } from "../support/cli.ts";
import { testEngine } from "../support/engine.ts";
import { type GithubRun, githubEnv, pullRequest } from "../support/github.ts";
import { at } from "../support/json.ts";
import { createProject, type Project } from "../support/project.ts";
import { tagsOf, testClient } from "../support/repository-state.ts";
import { startScript } from "../support/scripted-server.ts";
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
    expect(result.stderr).toContain("nothing was published: ");
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

test("an untrusted run reads the default branch's cache and leaves all as it was", async () => {
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

describe("scratch", () => {
  const scratch = () => `${second}/${project.id}/scratch`;
  const other = () => `${second}/${project.id}/precious`;
  const pull = (): GithubRun => ({
    event: "pull_request",
    ref: "refs/pull/5/merge",
    payload: pullRequest(project, "acme/app"),
  });
  const commit = (cache: string): void => {
    project.write({ "layerkeep.yml": config(project.id, cache) });
    project.commit(cache);
  };
  const build = () => run(pull(), "build", "--json", "--quiet");
  const ignored = (result: { readonly stdout: string; readonly stderr: string }, why: string) => {
    const warning = `cache.scratch is ignored: the default branch's config ${why}`;
    expect(result.stderr).toContain(`warning: ${warning}`);
    expect(at(result.stdout, "legs", 0)).toMatchObject({ outcome: "checked" });
    expect(at(result.stdout, "legs", 0)).not.toMatchObject({ cache: "yes" });
  };

  beforeEach(() => {
    project.git("init", "-q", "--bare", "-b", "main", "../remote");
    project.git("remote", "add", "origin", `file://${project.outside}/remote`);
    commit(`, scratch: ${scratch()}`);
    project.git("push", "-q", "origin", "main");
    project.git("checkout", "-q", "-b", "topic");
  });

  test("is written by an untrusted run, and a trusted one never reads it", async () => {
    const before = await everything();
    const result = await build();
    expect(result.code).toBe(0);
    expect(at(result.stdout, "legs", 0)).toMatchObject({ outcome: "checked", cache: "yes" });
    expect(Object.keys(await tagsOf(scratch()))).toEqual(["cache-core-amd64.pr-5"]);
    expect(await everything()).toEqual(before);

    const again = await run(pull(), "plan", "--json", "--quiet");
    expect(JSON.stringify(at(again.stdout, "legs", 0, "cache", "from"))).toContain(scratch());
    const trusted = await run(main, "plan", "--json", "--quiet");
    expect(JSON.stringify(at(trusted.stdout, "legs", 0))).not.toContain(scratch());
  });

  test("of a pull request's own choice is not written, and the run says so", async () => {
    commit(`, scratch: ${other()}`);
    const result = await build();
    expect(result.code).toBe(0);
    ignored(result, `does not name ${other()}`);
    expect(await tagsOf(other())).toEqual({});
    expect(await tagsOf(scratch())).toEqual({});
    const affected = await run(pull(), "plan", "--affected", "origin/main", "--json", "--quiet");
    expect(affected.code).toBe(0);
    expect(at(affected.stdout, "scratch")).toBeNull();
    expect(JSON.stringify(at(affected.stdout, "legs"))).not.toContain(other());
  });

  test("that a plan file names is not written either", async () => {
    const file = join(project.outside, "plan.json");
    expect(await run(pull(), "plan", "--output", file)).toMatchObject({ code: 0 });
    const made = readFileSync(file, "utf8");
    expect(made).toContain(`${scratch()}:cache-core-amd64.pr-5`);
    writeFileSync(file, made.replaceAll(scratch(), other()));
    const result = await run(pull(), "build", "--plan", file, "--json", "--quiet");
    expect(result.code).toBe(0);
    ignored(result, `does not name ${other()}`);
    const published = await run(pull(), "publish", "--plan", file, "--dry-run");
    expect(published.stderr).toContain("warning: cache.scratch is ignored: ");
    expect(await tagsOf(other())).toEqual({});

    writeFileSync(file, made.replaceAll(`${scratch()}:`, `${other()}:`));
    for (const command of ["build", "publish"]) {
      const refused = await run(pull(), command, "--plan", file);
      expect(refused).toMatchObject({ code: 2, stdout: "" });
      expect(refused.stderr).toContain(
        "would write a cache for core/linux/amd64, but the plan's trust level does not allow this",
      );
    }
    expect(await tagsOf(other())).toEqual({});
  });

  test("is not written if the default branch's config cannot be read", async () => {
    project.git("remote", "set-url", "origin", `file://${project.outside}/gone`);
    project.git("update-ref", "-d", "refs/remotes/origin/main");
    const result = await build();
    expect(result.code).toBe(0);
    ignored(result, "could not be read (");
    expect(await tagsOf(scratch())).toEqual({});
  });
});

test("a plan of a trusted run lends an untrusted one nothing", async () => {
  const plan = join(project.outside, "plan.json");
  expect(await run(main, "plan", "--output", plan)).toMatchObject({ code: 0 });
  const before = await everything();
  const result = await run({ event: "push", ref: "refs/heads/topic" }, "build", "--plan", plan);
  expect(result).toMatchObject({ code: 2, stdout: "" });
  expect(result.stderr).toContain("the plan was created with more trust than this run has");
  expect(await everything()).toEqual(before);
});

describe("with a remote", () => {
  const claims = (text: string) => `${config(project.id, "")}${text}`;
  const plan = async (env: Readonly<Record<string, string>>, cwd = project.dir) => {
    const result = await layerkeep(project, ["plan", "--json", "--quiet"], { env, cwd });
    expect(result.code).toBe(0);
    return {
      level: at(result.stdout, "trust", "level"),
      reason: at(result.stdout, "trust", "reason"),
    };
  };
  const onBranch = (branch: string) =>
    plan({ ...engineEnv(), ...githubEnv(project, { event: "push", ref: `refs/heads/${branch}` }) });
  const commitOn = (branch: string, text: string): void => {
    project.git("checkout", "-q", "-B", branch);
    project.write({ "layerkeep.yml": claims(text) });
    project.commit(text);
    project.git("push", "-q", "origin", branch);
  };

  beforeEach(() => {
    project.git("init", "-q", "--bare", "-b", "main", "../remote");
    project.git("remote", "add", "origin", `file://${project.outside}/remote`);
    commitOn("main", 'branches: {release: ["release/*"]}\n');
  });

  test("a topic branch cannot declare itself default or release", async () => {
    commitOn("topic", "branches: {default: topic, release: [topic]}\n");
    expect(await onBranch("topic")).toEqual({
      level: "untrusted",
      reason:
        "this commit's config lists topic as a release branch, but the config on the default branch main does not",
    });
  });

  test("a release branch that the default branch lists is trusted, in a shallow clone too", async () => {
    commitOn("release/1", 'branches: {release: ["release/*"]}\n');
    const trusted = { level: "trusted", reason: "push on the release branch release/1" };
    expect(await onBranch("release/1")).toEqual(trusted);
    const clone = join(project.outside, "clone");
    const flags = ["--depth=1", "--single-branch", "--branch=release/1"];
    project.git("clone", "-q", ...flags, `file://${project.outside}/remote`, clone);
    const env = githubEnv(project, { event: "push", ref: "refs/heads/release/1" });
    expect(await plan({ ...engineEnv(), ...env }, clone)).toEqual(trusted);
  });

  test("a release branch is not trusted any more once the default branch does not list it", async () => {
    commitOn("release/1", 'branches: {release: ["release/*"]}\n');
    commitOn("main", "branches: {release: [hotfix]}\n");
    project.git("checkout", "-q", "release/1");
    // The clone still has the branch as it was.
    project.git("update-ref", "refs/remotes/origin/main", "main~1");
    expect(await onBranch("release/1")).toMatchObject({ level: "untrusted" });
  });

  test("a release branch is not trusted if the default branch cannot be read", async () => {
    commitOn("release/1", 'branches: {release: ["release/*"]}\n');
    project.git("remote", "set-url", "origin", `file://${project.outside}/gone`);
    project.git("update-ref", "-d", "refs/remotes/origin/main");
    const { level, reason } = await onBranch("release/1");
    expect(level).toBe("untrusted");
    expect(reason).toMatch(
      /^this commit's config lists release\/1 as a release branch, but .*could not be read \(could not reach origin: fatal: /,
    );
  });

  test("GitLab's variables count as far as the runner's checkout bears them out", async () => {
    commitOn("topic", "branches: {release: [topic]}\n");
    project.git("fetch", "-q", "origin");
    const gitlab = (sha: string) => ({
      ...engineEnv(),
      CI: "true",
      GITLAB_CI: "true",
      CI_PIPELINE_SOURCE: "web",
      CI_COMMIT_SHA: sha,
      CI_COMMIT_BRANCH: "main",
      CI_DEFAULT_BRANCH: "main",
      CI_COMMIT_REF_PROTECTED: "true",
    });
    project.git("checkout", "-q", "--detach", "origin/topic");
    expect(await plan(gitlab(project.git("rev-parse", "HEAD")))).toEqual({
      level: "untrusted",
      reason: "CI_COMMIT_BRANCH is main, but origin's main does not contain the commit",
    });
    project.git("checkout", "-q", "--detach", "origin/main");
    const main = gitlab(project.git("rev-parse", "HEAD"));
    expect(await plan(main)).toEqual({
      level: "trusted",
      reason: "web on the default branch main",
    });
    expect(
      await plan({ ...main, ...githubEnv(project, { event: "push", ref: "refs/heads/main" }) }),
    ).toMatchObject({
      level: "untrusted",
    });
  });

  test("an untrusted run sends the config's tokens only where the default branch's config does", async () => {
    const asked: (string | undefined)[] = [];
    await using server = await startScript(({ headers }) => {
      asked.push(headers.authorization);
      return headers.authorization === undefined
        ? { status: 401, headers: { "www-authenticate": "Basic" } }
        : { status: 404, body: "{}" };
    });
    const credentials = `credentials: [{repository: "${server.host}", token-env: LAYERKEEP_TOKEN}]\n`;
    const withCache = (text: string) =>
      project.write({
        "layerkeep.yml": `cache: ${server.host}/cache\nvariants: {core: }\n${text}`,
        Dockerfile: "FROM scratch\nCOPY src /\n",
      });
    const topic = { event: "push", ref: "refs/heads/topic" };
    const sent = async (more: Readonly<Record<string, string>> = {}) => {
      project.commit("topic");
      asked.splice(0);
      const env = {
        ...engineEnv(),
        ...githubEnv(project, topic),
        LAYERKEEP_TOKEN: "t0k3n",
        ...more,
      };
      const { stderr } = await layerkeep(project, ["plan", "--json", "--quiet"], { env });
      return { token: asked.some((value) => value === "Bearer t0k3n"), stderr };
    };
    project.git("checkout", "-q", "-B", "topic");
    withCache(credentials);
    const held = await sent();
    expect(held.token).toBe(false);
    expect(held.stderr).toContain(
      `warning: not sending the configured credentials to ${server.host}: this run is untrusted`,
    );
    const named = await sent({ LAYERKEEP_CREDENTIAL_HOSTS: server.host });
    expect(named).toEqual({ token: true, stderr: "" });

    project.git("checkout", "-q", "main");
    withCache(credentials);
    project.commit("main");
    project.git("push", "-q", "origin", "main");
    project.git("checkout", "-q", "topic");
    expect(await sent()).toEqual({ token: true, stderr: "" });
  });
});

describe("a plan that was made with --write", () => {
  const local = (...args: string[]) => layerkeep(project, args, { env: engineEnv() });

  test("needs --write to be carried out", async () => {
    const file = join(project.outside, "plan.json");
    expect(await local("plan", "--write", "--output", file)).toMatchObject({ code: 0 });
    for (const command of ["build", "publish"]) {
      const result = await local(command, "--plan", file);
      expect(result).toMatchObject({ code: 2, stdout: "" });
      expect(result.stderr).toBe(
        "error: the plan was created with --write and would write to the configured registries\nhint: pass --write to allow this\n",
      );
    }
    expect(await tagsOf(`${registry}/${project.id}/cache`)).toEqual({});
    expect(await local("build", "--write", "--plan", file)).toMatchObject({ code: 0 });
  });

  test("is not carried out by an untrusted run that calls it untrusted", async () => {
    const file = join(project.outside, "plan.json");
    await run(main, "plan", "--output", file);
    writeFileSync(file, readFileSync(file, "utf8").replace('"trusted"', '"untrusted"'));
    const result = await run({ event: "push", ref: "refs/heads/topic" }, "build", "--plan", file);
    expect(result).toMatchObject({ code: 2, stdout: "" });
    expect(result.stderr).toContain("the plan was created with more trust than this run has");
  });
});
