import { describe, expect, test } from "vitest";
import type { GithubEvent } from "../../support/workflows/events/event.ts";
import { cacheGrant } from "../../support/workflows/grants/cache-mode.ts";
import type { Grant } from "../../support/workflows/run-state.ts";
import { jobOf } from "../../support/workflows/record.ts";
import { createWorkflowProject } from "../../support/workflows/workflow-project.ts";

const events = `{ push: {}, pull_request: {}, pull_request_target: {}, workflow_run: { workflows: [CI] } }`;
const secret = `steps: [{ run: "echo [\${{ secrets.KEY }}] [\${{ secrets.GITHUB_TOKEN != '' }}] [\${{ github.token == secrets.GITHUB_TOKEN }}]" }]`;

async function grantOf(
  workflow: string,
  event: "push" | "own" | "fork" | "target" | "run",
): Promise<{ readonly grant: Grant | undefined; readonly log: string; readonly warnings: number }> {
  using project = createWorkflowProject(workflow);
  using fork = createWorkflowProject("on: push");
  fork.git("fetch", "-q", project.dir, "main");
  fork.git("switch", "-qc", "topic", "FETCH_HEAD");
  project.git("branch", "topic");
  const own = { number: 5, base: "main", head: { branch: "topic" } };
  const theirs = { ...own, head: { branch: "topic", fork: { name: "x/app", folder: fork.dir } } };
  const of = { event: "pull_request", branch: "topic", commit: "1", repository: "x/app" };
  const byName: Record<typeof event, GithubEvent> = {
    push: { name: "push", branch: "main" },
    own: { name: "pull_request", ...own },
    fork: { name: "pull_request", ...theirs },
    target: { name: "pull_request_target", ...theirs },
    run: { name: "workflow_run", workflow: "CI", of },
  };
  const grants: Grant[] = [];
  const run = await project.run(byName[event], {
    secrets: { KEY: "key" },
    onGrant: (grant) => {
      grants.push(grant);
      return {};
    },
  });
  const { log, annotations } = jobOf(run, "a");
  return { grant: grants[0], log, warnings: annotations.length };
}

describe("a token's permissions", () => {
  test.each([
    ["", "push", { contents: "read", packages: "read" }],
    ["permissions: {}", "push", {}],
    [
      "permissions: { packages: write, id-token: write, issues: none }",
      "push",
      { packages: "write", "id-token": "write" },
    ],
    [
      "permissions: { packages: write, id-token: write }",
      "own",
      { packages: "write", "id-token": "write" },
    ],
    ["permissions: { packages: write, id-token: write }", "fork", { packages: "read" }],
    ["permissions: { packages: write }", "target", { packages: "write" }],
    ["permissions: { packages: write }", "run", { packages: "write" }],
  ] as const)("%j in %s", async (permissions, event, expected) => {
    const { grant } = await grantOf(
      `on: ${events}\n${permissions}\njobs: { a: { runs-on: x, ${secret} } }`,
      event,
    );
    expect(grant?.permissions).toEqual(expected);
  });

  test("of the job win over those of the workflow, and none of these are added", async () => {
    const { grant } = await grantOf(
      `on: push\npermissions: write-all\njobs: { a: { permissions: { contents: read }, runs-on: x, ${secret} } }`,
      "push",
    );
    expect(grant?.permissions).toEqual({ contents: "read" });
  });
});

test.each([
  ["push", "[***]"],
  ["own", "[***]"],
  ["fork", "[]"],
  ["target", "[***]"],
  ["run", "[***]"],
] as const)("secrets in %s: %s, and always a token", async (event, shown) => {
  const { log } = await grantOf(`on: ${events}\njobs: { a: { runs-on: x, ${secret} } }`, event);
  expect(log).toContain(`${shown} [true] [true]`);
});

test.each([
  ["", "", "push", "write", 0],
  ["", "", "own", "write", 0],
  ["", "", "target", "read", 0],
  ["", "", "run", "read", 0],
  ["cache-mode: none", "", "push", "none", 0],
  ["cache-mode: none", "cache-mode: write-only,", "push", "write-only", 0],
  ["cache-mode: write", "", "target", "write", 1],
] as const)("cache-mode of %j and %j in %s: %s", async (workflow, job, event, mode, warnings) => {
  const run = await grantOf(
    `on: ${events}\n${workflow}\njobs: { a: { ${job} runs-on: x, ${secret} } }`,
    event,
  );
  expect(run.grant?.cacheMode).toBe(mode);
  expect(run.warnings).toBe(warnings);
});

test.each([
  [undefined, "read", "read"],
  ["write", "read", "read"],
  ["write-only", "read", "none"],
  ["read", "write", "read"],
  ["none", "write", "none"],
] as const)("a called workflow's cache-mode %s under %s is %s", (job, caller, mode) => {
  expect(cacheGrant({ job, workflow: undefined }, false, caller).mode).toBe(mode);
});
