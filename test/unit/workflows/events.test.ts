import { afterAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { at } from "../../support/json.ts";
import { mapping } from "../../support/workflows/document/values.ts";
import type { GithubEvent } from "../../support/workflows/events/event.ts";
import { startsRun } from "../../support/workflows/events/filters.ts";
import { matchesPatterns } from "../../support/workflows/events/patterns.ts";
import { triggerOf } from "../../support/workflows/events/trigger.ts";
import { jobOf } from "../../support/workflows/record.ts";
import { createWorkflowProject, workflowPath } from "../../support/workflows/workflow-project.ts";

const jobs = `
jobs:
  a:
    runs-on: x
    steps:
      - { run: "echo $GITHUB_EVENT_NAME $GITHUB_REF $GITHUB_REF_NAME $GITHUB_REF_TYPE base=$GITHUB_BASE_REF head=$GITHUB_HEAD_REF" }
      - { run: "echo sha=$GITHUB_SHA; cat $GITHUB_EVENT_PATH" }
`;
const all = `
on:
  push:
  pull_request:
  pull_request_target:
  merge_group:
  workflow_dispatch:
  schedule: [{ cron: "17 3 * * 1" }]
  workflow_run: { workflows: [CI] }
${jobs}`;

function project(workflow = all) {
  const created = createWorkflowProject(workflow);
  created.git("switch", "-qc", "topic");
  created.write({ "topic.txt": "1" });
  created.commit("topic");
  created.git("switch", "-q", "main");
  created.write({ "docs/a.md": "1" });
  created.commit("docs");
  created.git("tag", "v1.2.3");
  return created;
}

const pullRequest = { number: 5, base: "main", head: { branch: "topic" } } as const;
const run = { event: "pull_request", branch: "topic", commit: "1", repository: "someone/app" };

describe("the default variables of", () => {
  test.each<[string, GithubEvent, string]>([
    ["a push", { name: "push", branch: "main" }, "push refs/heads/main main branch base= head="],
    ["a tag", { name: "push", tag: "v1.2.3" }, "push refs/tags/v1.2.3 v1.2.3 tag base= head="],
    [
      "a pull request",
      { name: "pull_request", ...pullRequest },
      "pull_request refs/pull/5/merge 5/merge branch base=main head=topic",
    ],
    [
      "pull_request_target",
      { name: "pull_request_target", ...pullRequest },
      "pull_request_target refs/heads/main main branch base=main head=topic",
    ],
    [
      "a schedule",
      { name: "schedule", cron: "17 3 * * 1" },
      "schedule refs/heads/main main branch base= head=",
    ],
    [
      "workflow_run",
      { name: "workflow_run", workflow: "CI", of: run },
      "workflow_run refs/heads/main main branch base= head=",
    ],
    [
      "a dispatch",
      { name: "workflow_dispatch", branch: "topic" },
      "workflow_dispatch refs/heads/topic topic branch base= head=",
    ],
  ])("%s", async (_, event, variables) => {
    using repository = project();
    expect(jobOf(await repository.run(event), "a").log).toContain(`\n${variables}\n`);
  });
});

test("a pull request runs on the merge of head and base, a merge group on that of its commits", async () => {
  using repository = project();
  const parents = (sha: string): string => repository.git("log", "-1", "--format=%P", sha);
  const both = `${repository.git("rev-parse", "main")} ${repository.git("rev-parse", "topic")}`;
  const pull = await repository.run({ name: "pull_request", ...pullRequest });
  expect(parents(pull.trigger.sha)).toBe(both);
  expect(at(pull.trigger.payload, "pull_request", "head", "repo", "full_name")).toBe("acme/app");

  const headCommit = repository.git("rev-parse", "topic");
  const queued = await repository.run({ name: "merge_group", base: "main", headCommit });
  expect(parents(queued.trigger.sha)).toBe(both);
  expect(queued.trigger.ref).toMatch(/^refs\/heads\/gh-readonly-queue\/main\/pr-1-/);
  expect(at(queued.trigger.payload, "merge_group", "base_ref")).toBe("refs/heads/main");
});

test("a fork's pull request names the fork and runs on the merge commit", async () => {
  using repository = project();
  using fork = createWorkflowProject("on: push");
  fork.git("fetch", "-q", repository.dir, "topic:theirs");
  const head = { branch: "theirs", fork: { name: "someone/app", folder: fork.dir } };
  const { trigger, jobs: records } = await repository.run({
    name: "pull_request",
    ...pullRequest,
    head,
  });
  expect(at(trigger.payload, "pull_request", "head", "repo", "full_name")).toBe("someone/app");
  expect(trigger.fromFork).toBe(true);
  expect(records[0]?.result).toBe("success");
});

test("an event that the filters refuse starts no run", async () => {
  using repository = project(`on: { push: { branches: [release] } }\n${jobs}`);
  expect(await repository.run()).toMatchObject({ started: false, result: "skipped", jobs: [] });
});

describe("filters:", () => {
  const shared = project();
  afterAll(() => shared[Symbol.dispose]());
  const push = { name: "push", branch: "main" } as const;
  const tag = { name: "push", tag: "v1.2.3" } as const;
  const pull = { name: "pull_request", ...pullRequest } as const;
  test.each<[string, GithubEvent, boolean]>([
    ["push: {}", tag, true],
    ["push: { branches: [main] }", push, true],
    ["push: { branches: ['release/**'] }", push, false],
    ["push: { branches: [main] }", tag, false],
    ["push: { tags: ['v*'] }", tag, true],
    ["push: { tags: ['v*', '!v1.2.*'] }", tag, false],
    ["push: { tags: ['v*'] }", push, false],
    ["push: { tags-ignore: ['v*'] }", tag, false],
    ["push: { branches-ignore: [main] }", push, false],
    ["push: { branches: [main], tags: ['v[0-9]+.*'] }", tag, true],
    ["push: { paths: ['docs/**'] }", push, true],
    ["push: { paths: ['src/**'] }", push, false],
    ["push: { paths-ignore: ['**.md'] }", push, false],
    ["pull_request: { branches: [main] }", pull, true],
    ["pull_request: { branches: [topic] }", pull, false],
    ["pull_request: { paths: [topic.txt] }", pull, true],
    ["pull_request: { types: [labeled] }", pull, false],
    ["pull_request: {}", { ...pull, action: "labeled" }, false],
    ["pull_request: {}", push, false],
    ["schedule: [{ cron: '0 4 * * *' }]", { name: "schedule", cron: "17 3 * * 1" }, false],
    [
      "workflow_run: { workflows: [CI] }",
      { name: "workflow_run", workflow: "Lint", of: run },
      false,
    ],
    [
      "workflow_run: { workflows: [CI], branches: [main] }",
      { name: "workflow_run", workflow: "CI", of: run },
      false,
    ],
  ])("%s with %j: %s", (filter, event, started) => {
    const { repository } = shared.options;
    expect(startsRun(mapping(parse(filter)), triggerOf(repository, event), repository)).toBe(
      started,
    );
  });

  test("? and + repeat what is before them", () => {
    expect(matchesPatterns("main", ["mains?"])).toBe(true);
    expect(matchesPatterns("v10", ["v[0-9]+"])).toBe(true);
    expect(matchesPatterns("a/b", ["*"])).toBe(false);
    expect(matchesPatterns("a/b", ["**"])).toBe(true);
    expect(matchesPatterns("release.1", ["release-1"])).toBe(false);
  });
});

describe("a dispatch's inputs", () => {
  const workflow = `
on:
  workflow_dispatch:
    inputs:
      TEST: { type: boolean, default: true }
      level: { type: choice, options: [low, high] }
      name: { required: true }
jobs:
  a: { runs-on: x, steps: [{ run: "echo \${{ inputs.TEST && 'yes' }} \${{ inputs.level }} \${{ github.event.inputs.TEST == 'true' }} \${{ inputs.name }}" }] }
`;
  const dispatch = (inputs: Record<string, unknown>): GithubEvent => ({
    name: "workflow_dispatch",
    branch: "main",
    inputs,
  });

  test("have their types and defaults", async () => {
    using repository = project(workflow);
    const log = jobOf(await repository.run(dispatch({ name: "n" })), "a").log;
    expect(log).toContain("\nyes low true n");
  });

  test.each([
    [{}, "input name is required"],
    [{ name: "n", other: "1" }, "input other is not defined"],
    [{ name: "n", TEST: "maybe" }, 'input TEST must be true or false, not "maybe"'],
    [{ name: "n", level: "mid" }, 'input level must be low or high, not "mid"'],
  ])("%j are refused", async (inputs, message) => {
    using repository = project(workflow);
    await expect(repository.run(dispatch(inputs))).rejects.toThrow(message);
  });
});

test("the workflow is that of the event's commit, for pull_request_target that of the default branch", async () => {
  using repository = project();
  repository.git("switch", "-q", "topic");
  repository.write({ [workflowPath]: all.replace("a:", "changed:") });
  repository.commit("change the workflow");
  const own = await repository.run({ name: "pull_request", ...pullRequest });
  const target = await repository.run({ name: "pull_request_target", ...pullRequest });
  expect(own.jobs[0]?.id).toBe("changed");
  expect(target.jobs[0]?.id).toBe("a");
});
