import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createCiProject } from "../../support/ci/ci-project.ts";
import { observe, type ObservedRun } from "../../support/ci/ci-runs.ts";
import { forkOf } from "../../support/ci/fork.ts";
import {
  logins,
  type PackageRegistry,
  startPackageRegistry,
} from "../../support/ci/package-registry.ts";
import { testEngine } from "../../support/engine.ts";
import type { GithubEvent } from "../../support/workflows/events/event.ts";
import { workflowPath, type WorkflowProject } from "../../support/workflows/workflow-project.ts";

// The registry is `ghcr.io` by the job's token under one name, and another one under `localhost`.
// Each test goes on from what those before it have written.
let registry: PackageRegistry;
let project: WorkflowProject;
let second: string;

/** The workflow of the README, as it is there. */
function readmeWorkflow(): string {
  const section = readFileSync("README.md", "utf8").split("## In GitHub Actions")[1] ?? "";
  return /```yaml\n([^]*?)```/.exec(section)?.[1] ?? "";
}

/** A caller in another event, and with the logins of another registry. */
const callerOn = (event: string, secrets = ""): string => `on: ${event}
jobs:
  images:
    uses: layerkeep/layerkeep/.github/workflows/images.yml@v0.1.0
    permissions: { contents: read, packages: write }
${secrets}`;

const privileged = [
  ["pull_request_target", "{ pull_request_target: {} }"],
  ["workflow_run", "{ workflow_run: { workflows: [tests] } }"],
] as const;
const dispatch = ".github/workflows/dispatch.yml";

beforeAll(async () => {
  registry = await startPackageRegistry();
  second = registry.host.replace("127.0.0.1", "localhost");
  project = createCiProject(registry, (id) => ({
    "layerkeep.yml": `cache: ${registry.host}/public/cache
branches: { default: main }
vars: { MIRROR: "${registry.host}/public/mirror" }
publish:
  - { repository: "${registry.host}/public/{name}", tags: ["type=ref,event=branch", "type=ref,event=tag"], flavor: [latest=false] }
  - { repository: "\${MIRROR}", tags: ["type=raw,value={name},enable={{is_default_branch}}"] }
defaults: { context: "{name}", platforms: [linux/amd64] }
variants:
  base: { }
  app: { contexts: { base: "variant:base" } }
`,
    "base/Dockerfile": `FROM ${testEngine().baseImage.reference}\nRUN echo ${id} > /id\n`,
    "app/Dockerfile": "FROM base\nCOPY Dockerfile /app\n",
    [workflowPath]: readmeWorkflow(),
    [dispatch]: callerOn(
      "workflow_dispatch",
      `    secrets: { logins: "\${{ secrets.LOGINS }}" }\n    with: { vars: "MIRROR=${second}/private/mirror" }\n`,
    ),
    ...Object.fromEntries(
      privileged.map(([name, on]) => [`.github/workflows/${name}.yml`, callerOn(on)]),
    ),
  }));
});
afterAll(async () => {
  project[Symbol.dispose]();
  await registry[Symbol.asyncDispose]();
});

const on = (event: GithubEvent, workflow: string = workflowPath, secrets = {}) =>
  observe(project, registry, event, { secrets }, [workflow]);
const nothing = { written: [], deleted: [], tried: false };
const checkOf = ({ results }: ObservedRun): string | undefined => results["images / images"];

test("a push is built level by level, and published with the job's token", async () => {
  const seen = await on({ name: "push", branch: "main" });
  expect(seen).toMatchObject({
    results: {
      "images / plan": "success",
      "images / build base/linux/amd64": "success",
      "images / build app/linux/amd64": "success",
      "images / publish": "success",
      "images / images": "success",
    },
    deleted: [],
    writers: ["writer"],
  });
  expect(seen.written).toEqual([
    "public/app:main",
    "public/base:main",
    ...["cache-app-amd64", "cache-base-amd64"].map((tag) => `public/cache:${tag}`),
    ...["app", "base"].flatMap((name) => [
      `public/cache:leg-${name}-amd64`,
      `public/cache:leg-${name}-amd64-*`,
    ]),
    ...["log-app-amd64", "log-base-amd64"].map((tag) => `public/cache:${tag}`),
    "public/mirror:app",
    "public/mirror:base",
  ]);
});

test("a tag is published, and builds nothing", async () => {
  project.git("tag", "v1");
  const seen = await on({ name: "push", tag: "v1" });
  expect(seen.results).toEqual({
    "images / plan": "success",
    "images / publish": "success",
    "images / images": "success",
  });
  expect(seen.written).toEqual(["public/app:v1", "public/base:v1"]);
});

test("a pull request from a fork is built with a token that reads, and writes nothing", async () => {
  const fork = forkOf(project, { "base/Dockerfile": "FROM scratch\nCOPY Dockerfile /fork\n" });
  const seen = await on({
    ...{ name: "pull_request", number: 3, base: "main" },
    head: { branch: "change", fork },
  });
  expect(seen).toMatchObject({
    results: {
      "images / build base/linux/amd64": "success",
      "images / build app/linux/amd64": "success",
      "images / images": "success",
    },
    ...nothing,
  });
  expect(seen.run.jobs.flatMap(({ permissions }) => Object.values(permissions))).not.toContain(
    "write",
  );
});

test("a pull request from the repository writes nothing, although its token could", async () => {
  project.git("checkout", "-q", "-b", "topic");
  project.write({ "app/Dockerfile": "FROM base\nCOPY Dockerfile /topic\n" });
  project.commit("topic");
  project.git("checkout", "-q", "main");
  const seen = await on({
    ...{ name: "pull_request", number: 4, base: "main" },
    head: { branch: "topic" },
  });
  expect(seen).toMatchObject({
    results: { "images / build app/linux/amd64": "success", "images / images": "success" },
    ...nothing,
  });
});

test("logins of another registry come from a secret, and no output or log shows them", async () => {
  const { username, password } = logins.write;
  const secrets = { LOGINS: `${second} ${username} ${password}\n` };
  const seen = await on({ name: "workflow_dispatch", branch: "main" }, dispatch, secrets);
  expect(checkOf(seen)).toBe("success");
  expect(seen.written).toEqual(["private/mirror:app", "private/mirror:base"]);
  expect(seen.run.jobs.map(({ log }) => log).join("\n")).not.toContain(password);
});

test("pull_request_target and workflow_run write nothing", async () => {
  const fork = { name: "someone/app", folder: `${project.outside}/fork` };
  const events: readonly GithubEvent[] = [
    {
      ...{ name: "pull_request_target", number: 5, base: "main" },
      head: { branch: "change", fork },
    },
    {
      ...{ name: "workflow_run", workflow: "tests" },
      of: {
        event: "pull_request",
        branch: "change",
        commit: project.git("rev-parse", "refs/pull/3/head"),
        repository: "someone/app",
      },
    },
  ];
  for (const event of events) {
    const seen = await on(event, `.github/workflows/${event.name}.yml`);
    expect(seen).toMatchObject({ results: { "images / images": "success" }, ...nothing });
    expect(Object.keys(seen.results)).not.toContain("images / publish");
  }
});
