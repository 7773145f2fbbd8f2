import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gitFacts } from "../../../test/support/configs.ts";
import type { Context, GitFacts } from "../context.ts";
import { type ContextSources, readContext } from "./read-context.ts";

const sha = "a".repeat(40);
const head = "b".repeat(40);

const facts = gitFacts({
  root: "/src/app",
  head: sha,
  commitDate: "2026-11-21T04:00:00+00:00",
});

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "layerkeep-context-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Given {
  readonly env: NodeJS.ProcessEnv;
  readonly facts?: GitFacts | undefined;
  readonly branches?: readonly string[] | undefined;
}

function read(given: Given): Promise<Context> {
  const git: ContextSources["git"] = {
    facts: "facts" in given ? given.facts : facts,
    branchesContaining: () => Promise.resolve(given.branches),
  };
  return readContext({ env: given.env, git, readFile: (path) => readFile(path, "utf8") });
}

function github(
  event: string,
  ref: string,
  payload: unknown,
  more: NodeJS.ProcessEnv = {},
): NodeJS.ProcessEnv {
  const path = join(folder, "event.json");
  writeFileSync(path, typeof payload === "string" ? payload : JSON.stringify(payload));
  return {
    GITHUB_ACTIONS: "true",
    CI: "true",
    GITHUB_EVENT_NAME: event,
    GITHUB_EVENT_PATH: path,
    GITHUB_REF: ref,
    GITHUB_SHA: sha,
    GITHUB_SERVER_URL: "https://github.com",
    GITHUB_REPOSITORY: "acme/app",
    GITHUB_RUN_ID: "77",
    ...more,
  };
}

const repository = { default_branch: "main", full_name: "acme/app" };

const onGithub: Context = {
  provider: "github",
  event: "push",
  ref: "refs/heads/main",
  branch: "main",
  tag: undefined,
  commit: sha,
  head: sha,
  commitDate: "2026-11-21T04:00:00+00:00",
  defaultBranch: "main",
  baseBranch: undefined,
  pullRequest: undefined,
  branchesWithCommit: undefined,
  source: "https://github.com/acme/app",
  run: { id: "77", url: "https://github.com/acme/app/actions/runs/77" },
  dirty: false,
};

function pullRequest(headRepository: unknown): unknown {
  return {
    number: 5,
    repository,
    pull_request: {
      number: 5,
      head: { ref: "main", sha: head, repo: headRepository },
      base: { ref: "release/1.x", repo: { full_name: "acme/app" } },
    },
  };
}

const fork = pullRequest({ full_name: "eve/app" });
const inPullRequest: Context = {
  ...onGithub,
  event: "pull_request",
  ref: "refs/pull/5/merge",
  branch: undefined,
  baseBranch: "release/1.x",
  pullRequest: { number: 5, fork: true },
};

describe("readContext on GitHub", () => {
  interface Row {
    readonly title: string;
    readonly event: string;
    readonly ref: string;
    readonly payload: unknown;
    readonly facts?: Partial<GitFacts>;
    readonly branches?: readonly string[];
    readonly context: Context;
  }

  it.each<Row>([
    {
      title: "a push to the default branch",
      event: "push",
      ref: "refs/heads/main",
      payload: { repository },
      context: onGithub,
    },
    {
      title: "a push to another branch, with changes in the checkout",
      event: "push",
      ref: "refs/heads/feature/x",
      payload: { repository },
      facts: { dirty: true },
      context: { ...onGithub, ref: "refs/heads/feature/x", branch: "feature/x", dirty: true },
    },
    {
      title: "a checkout that is not the event's commit",
      event: "push",
      ref: "refs/heads/main",
      payload: { repository },
      facts: { head },
      context: { ...onGithub, head },
    },
    {
      title: "a pull request from a fork, whose branch is named like ours",
      event: "pull_request",
      ref: "refs/pull/5/merge",
      payload: fork,
      context: inPullRequest,
    },
    {
      title: "a pull request from the same repository",
      event: "pull_request",
      ref: "refs/pull/5/merge",
      payload: pullRequest({ full_name: "acme/app" }),
      context: { ...inPullRequest, pullRequest: { number: 5, fork: false } },
    },
    {
      title: "a pull request from a fork that was deleted",
      event: "pull_request",
      ref: "refs/pull/5/merge",
      payload: pullRequest(null),
      context: inPullRequest,
    },
    {
      title: "a pull request whose head commit is checked out",
      event: "pull_request",
      ref: "refs/pull/5/merge",
      payload: fork,
      facts: { head },
      context: { ...inPullRequest, commit: head, head },
    },
    {
      title: "a pull request that was merged, whose ref is the base branch",
      event: "pull_request",
      ref: "refs/heads/release/1.x",
      payload: fork,
      context: { ...inPullRequest, ref: "refs/heads/release/1.x" },
    },
    {
      title: "pull_request_target, although the ref names the base branch",
      event: "pull_request_target",
      ref: "refs/heads/release/1.x",
      payload: fork,
      context: { ...inPullRequest, event: "pull_request_target" },
    },
    {
      title: "pull_request_target with the head commit checked out",
      event: "pull_request_target",
      ref: "refs/heads/release/1.x",
      payload: fork,
      facts: { head },
      context: { ...inPullRequest, event: "pull_request_target", head },
    },
    {
      title: "workflow_run",
      event: "workflow_run",
      ref: "refs/heads/main",
      payload: { repository, workflow_run: { head_branch: "main", head_sha: head } },
      context: { ...onGithub, event: "workflow_run" },
    },
    {
      title: "a comment on a pull request",
      event: "issue_comment",
      ref: "refs/heads/main",
      payload: { repository, issue: { number: 5, pull_request: { url: "x" } } },
      context: { ...onGithub, event: "issue_comment", pullRequest: { number: 5, fork: true } },
    },
    {
      title: "a comment on an issue",
      event: "issue_comment",
      ref: "refs/heads/main",
      payload: { repository, issue: { number: 5 } },
      context: { ...onGithub, event: "issue_comment" },
    },
    {
      title: "a merge queue",
      event: "merge_group",
      ref: "refs/heads/gh-readonly-queue/main/pr-5-abc",
      payload: { repository, merge_group: { base_ref: "refs/heads/main", head_sha: sha } },
      context: {
        ...onGithub,
        event: "merge_group",
        ref: "refs/heads/gh-readonly-queue/main/pr-5-abc",
        branch: "gh-readonly-queue/main/pr-5-abc",
        baseBranch: "main",
      },
    },
    {
      title: "a schedule",
      event: "schedule",
      ref: "refs/heads/main",
      payload: { repository, schedule: "0 0 * * *" },
      context: { ...onGithub, event: "schedule" },
    },
    {
      title: "a dispatch on another branch",
      event: "workflow_dispatch",
      ref: "refs/heads/feature",
      payload: { repository, inputs: {} },
      context: {
        ...onGithub,
        event: "workflow_dispatch",
        ref: "refs/heads/feature",
        branch: "feature",
      },
    },
    {
      title: "a repository dispatch",
      event: "repository_dispatch",
      ref: "refs/heads/main",
      payload: { repository, client_payload: {} },
      context: { ...onGithub, event: "repository_dispatch" },
    },
    {
      title: "a tag, with the branch that it was pushed from and those that contain it",
      event: "push",
      ref: "refs/tags/v1.2.3",
      payload: { repository, base_ref: "refs/heads/main" },
      branches: ["main", "next"],
      context: {
        ...onGithub,
        ref: "refs/tags/v1.2.3",
        branch: undefined,
        tag: "v1.2.3",
        baseBranch: "main",
        branchesWithCommit: ["main", "next"],
      },
    },
    {
      title: "a tag with another commit checked out, without asking for its branches",
      event: "push",
      ref: "refs/tags/v1.2.3",
      payload: { repository },
      facts: { head },
      branches: ["main"],
      context: { ...onGithub, ref: "refs/tags/v1.2.3", branch: undefined, tag: "v1.2.3", head },
    },
    {
      title: "a release",
      event: "release",
      ref: "refs/tags/v1.2.3",
      payload: { repository, action: "published", release: { tag_name: "v1.2.3" } },
      branches: [],
      context: {
        ...onGithub,
        event: "release",
        ref: "refs/tags/v1.2.3",
        branch: undefined,
        tag: "v1.2.3",
        branchesWithCommit: [],
      },
    },
    {
      title: "a payload without a repository, which names no default branch",
      event: "push",
      ref: "refs/heads/main",
      payload: {},
      context: { ...onGithub, defaultBranch: undefined },
    },
    {
      title: "a pull request whose payload names none",
      event: "pull_request",
      ref: "refs/pull/5/merge",
      payload: { repository },
      context: {
        ...inPullRequest,
        baseBranch: undefined,
        pullRequest: undefined,
        problems: ["the pull_request event has no pull request"],
      },
    },
  ])("reads $title", async ({ event, ref, payload, facts: changed, branches, context }) => {
    const env = github(event, ref, payload);
    expect(await read({ env, facts: { ...facts, ...changed }, branches })).toEqual(context);
  });

  it("takes the commit's date from the payload if there is no checkout", async () => {
    const env = github("push", "refs/heads/main", {
      repository,
      head_commit: { id: sha, timestamp: "2026-11-20T01:02:03Z" },
    });
    expect(await read({ env, facts: undefined })).toEqual({
      ...onGithub,
      head: "",
      commitDate: "2026-11-20T01:02:03Z",
    });
  });

  it("reports a payload that is not JSON", async () => {
    const context = await read({ env: github("push", "refs/heads/main", "{oops") });
    const [problem, ...more] = context.problems ?? [];
    expect(problem).toMatch(/^cannot read the event payload .*event\.json: .*JSON/);
    expect(more).toEqual([]);
    expect(context.defaultBranch).toBeUndefined();
  });

  it.each(["[]", "null", '"text"', "3"])(
    "reports that the payload %s is not an object",
    async (text) => {
      const env = github("push", "refs/heads/main", text);
      expect((await read({ env })).problems).toEqual([
        `the event payload ${join(folder, "event.json")} is not a JSON object`,
      ]);
    },
  );

  it("reports a missing payload", async () => {
    const path = join(folder, "gone.json");
    const env = github("push", "refs/heads/main", {}, { GITHUB_EVENT_PATH: path });
    expect((await read({ env })).problems).toEqual([
      `cannot read the event payload ${path}: ENOENT: no such file or directory, open '${path}'`,
    ]);
  });

  it("reports what the environment lacks", async () => {
    expect(await read({ env: { GITHUB_ACTIONS: "true" } })).toEqual({
      ...onGithub,
      event: "",
      ref: "",
      branch: undefined,
      commit: "",
      defaultBranch: undefined,
      source: "https://git.example.com/acme/app",
      run: undefined,
      problems: [
        "GITHUB_EVENT_PATH is not set, so the event payload is unknown",
        "GITHUB_EVENT_NAME is not set, so the event is unknown",
      ],
    });
  });
});

describe("readContext on GitLab", () => {
  const basics: NodeJS.ProcessEnv = {
    GITLAB_CI: "true",
    CI: "true",
    CI_PIPELINE_SOURCE: "push",
    CI_COMMIT_SHA: sha,
    CI_COMMIT_REF_NAME: "main",
    CI_COMMIT_BRANCH: "main",
    CI_DEFAULT_BRANCH: "main",
    CI_PROJECT_URL: "https://gitlab.com/acme/app",
    CI_PIPELINE_ID: "88",
    CI_PIPELINE_URL: "https://gitlab.com/acme/app/-/pipelines/88",
  };
  // GitLab does not set CI_COMMIT_BRANCH here, but gives the source branch as the ref.
  const mergeRequest: NodeJS.ProcessEnv = {
    ...basics,
    CI_PIPELINE_SOURCE: "merge_request_event",
    CI_COMMIT_BRANCH: "",
    CI_MERGE_REQUEST_IID: "7",
    CI_MERGE_REQUEST_EVENT_TYPE: "detached",
    CI_MERGE_REQUEST_REF_PATH: "refs/merge-requests/7/head",
    CI_MERGE_REQUEST_PROJECT_ID: "1",
    CI_MERGE_REQUEST_SOURCE_PROJECT_ID: "2",
    CI_MERGE_REQUEST_TARGET_BRANCH_NAME: "release/1.x",
  };
  const onGitlab: Context = {
    ...onGithub,
    provider: "gitlab",
    refProtected: false,
    source: "https://gitlab.com/acme/app",
    run: { id: "88", url: "https://gitlab.com/acme/app/-/pipelines/88" },
  };
  const inMergeRequest: Context = {
    ...onGitlab,
    event: "merge_request_event",
    ref: "refs/merge-requests/7/head",
    branch: undefined,
    baseBranch: "release/1.x",
    pullRequest: { number: 7, fork: true },
  };

  interface Row {
    readonly title: string;
    readonly env: NodeJS.ProcessEnv;
    readonly facts?: Partial<GitFacts>;
    readonly branches?: readonly string[];
    readonly context: Context;
  }

  it.each<Row>([
    ...["push", "schedule", "web", "api", "trigger", "parent_pipeline"].map(
      (event): Row => ({
        title: `a pipeline by ${event}`,
        env: { ...basics, CI_PIPELINE_SOURCE: event },
        context: { ...onGitlab, event },
      }),
    ),
    {
      title: "a schedule on another branch",
      env: { ...basics, CI_PIPELINE_SOURCE: "schedule", CI_COMMIT_BRANCH: "next" },
      context: { ...onGitlab, event: "schedule", ref: "refs/heads/next", branch: "next" },
    },
    {
      title: "a tag",
      env: {
        ...basics,
        CI_COMMIT_BRANCH: "",
        CI_COMMIT_TAG: "v1.2.3",
        CI_COMMIT_REF_PROTECTED: "true",
      },
      facts: { tags: ["v1.2.3"] },
      branches: ["main"],
      context: {
        ...onGitlab,
        refProtected: true,
        ref: "refs/tags/v1.2.3",
        branch: undefined,
        tag: "v1.2.3",
        branchesWithCommit: ["main"],
      },
    },
    {
      title: "a protected branch, with the branches that contain its commit",
      env: { ...basics, CI_COMMIT_REF_PROTECTED: "true" },
      branches: ["main", "next"],
      context: { ...onGitlab, refProtected: true, branchesWithCommit: ["main", "next"] },
    },
    {
      title: "a tag that only a variable knows",
      env: {
        ...basics,
        CI_COMMIT_BRANCH: "",
        CI_COMMIT_TAG: "v9",
        CI_COMMIT_REF_PROTECTED: "true",
      },
      facts: { tags: ["v1"] },
      branches: ["main"],
      context: {
        ...onGitlab,
        refProtected: true,
        ref: "refs/tags/v9",
        branch: undefined,
        tag: "v9",
        problems: ["CI_COMMIT_TAG is v9, but the checked-out commit has no such tag"],
      },
    },
    {
      title: "a merge request from a fork, whose branch is named like ours",
      env: mergeRequest,
      context: inMergeRequest,
    },
    {
      title: "a merge request from the same project",
      env: { ...mergeRequest, CI_MERGE_REQUEST_SOURCE_PROJECT_ID: "1" },
      context: { ...inMergeRequest, pullRequest: { number: 7, fork: false } },
    },
    {
      title: "a merge request with merged results, whose source commit is checked out",
      env: {
        ...mergeRequest,
        CI_MERGE_REQUEST_EVENT_TYPE: "merged_result",
        CI_MERGE_REQUEST_REF_PATH: "refs/merge-requests/7/merge",
        CI_MERGE_REQUEST_SOURCE_BRANCH_SHA: head,
      },
      facts: { head },
      context: { ...inMergeRequest, ref: "refs/merge-requests/7/merge", commit: head, head },
    },
    {
      title: "a merge train",
      env: {
        ...mergeRequest,
        CI_MERGE_REQUEST_EVENT_TYPE: "merge_train",
        CI_MERGE_REQUEST_REF_PATH: "refs/merge-requests/7/train",
      },
      context: { ...inMergeRequest, event: "merge_train", ref: "refs/merge-requests/7/train" },
    },
    {
      title: "a child pipeline of a merge request, although a branch is named",
      env: { ...mergeRequest, CI_PIPELINE_SOURCE: "parent_pipeline", CI_COMMIT_BRANCH: "main" },
      context: { ...inMergeRequest, event: "parent_pipeline" },
    },
    {
      title: "a pull request on another host, although a branch is named",
      env: {
        ...basics,
        CI_PIPELINE_SOURCE: "external_pull_request_event",
        CI_EXTERNAL_PULL_REQUEST_IID: "9",
        CI_EXTERNAL_PULL_REQUEST_SOURCE_REPOSITORY: "eve/app",
        CI_EXTERNAL_PULL_REQUEST_TARGET_REPOSITORY: "acme/app",
        CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_NAME: "main",
      },
      context: {
        ...onGitlab,
        event: "external_pull_request_event",
        ref: "refs/pull/9/merge",
        branch: undefined,
        baseBranch: "main",
        pullRequest: { number: 9, fork: true },
      },
    },
    {
      title: "a merge request's event that names none",
      env: { ...basics, CI_PIPELINE_SOURCE: "merge_request_event" },
      context: {
        ...onGitlab,
        event: "merge_request_event",
        problems: ["the variables of the merge_request_event pipeline have no merge request"],
      },
    },
    {
      title: "a job that names no event",
      env: { ...basics, CI_PIPELINE_SOURCE: "" },
      context: {
        ...onGitlab,
        event: "",
        problems: ["CI_PIPELINE_SOURCE is not set, so the event is unknown"],
      },
    },
    {
      title: "a ref that is neither a branch nor a tag",
      env: { ...basics, CI_COMMIT_BRANCH: "" },
      context: { ...onGitlab, ref: "", branch: undefined },
    },
  ])("reads $title", async ({ env, facts: changed, branches, context }) => {
    expect(await read({ env, facts: { ...facts, ...changed }, branches })).toEqual(context);
  });
});

describe("readContext in a plain checkout", () => {
  const inGit: Context = {
    ...onGithub,
    provider: "git",
    event: "local",
    source: "https://git.example.com/acme/app",
    run: undefined,
  };

  it("reads the branch that is checked out", async () => {
    const given = { ...facts, branch: "main", tags: ["v1.0.0"], defaultBranch: "main" };
    expect(await read({ env: {}, facts: { ...given, dirty: true } })).toEqual({
      ...inGit,
      dirty: true,
    });
  });

  it("reads a detached head", async () => {
    expect(await read({ env: {} })).toEqual({
      ...inGit,
      ref: "",
      branch: undefined,
      defaultBranch: undefined,
    });
  });

  it.each([
    [["nightly", "v1", "v1.10.0", "v1.9.0"], "v1.10.0"],
    [["nightly", "v1"], "nightly"],
  ])("chooses one of the tags %j of a detached head", async (tags, tag) => {
    expect(await read({ env: {}, facts: { ...facts, tags } })).toEqual({
      ...inGit,
      ref: `refs/tags/${tag}`,
      branch: undefined,
      tag,
      defaultBranch: undefined,
    });
  });

  it("knows nothing without git", async () => {
    expect(await read({ env: {}, facts: undefined })).toEqual({
      ...inGit,
      ref: "",
      branch: undefined,
      commit: "",
      head: "",
      commitDate: undefined,
      defaultBranch: undefined,
      source: undefined,
    });
  });

  it.each<[NodeJS.ProcessEnv, string]>([
    [{ CI: "true" }, "ci"],
    [{ CI: "woodpecker" }, "ci"],
    [{ JENKINS_URL: "https://ci.example.com" }, "ci"],
    [{ TF_BUILD: "True" }, "ci"],
    [{ BUILDKITE: "true", CI: "" }, "ci"],
    [{ ACT: "true", GITHUB_ACTIONS: "true" }, "ci"],
    [{ CI_SERVER_VERSION: "18.0.0", GITLAB_CI: "false" }, "ci"],
    [{ TEAMCITY_VERSION: "2026.1" }, "ci"],
    [{ CI: "false" }, "local"],
    [{ CI: "0" }, "local"],
    [{ CI: "" }, "local"],
    [{ GITHUB_ACTIONS: "false", GITLAB_CI: "" }, "local"],
  ])("with %j calls the event %s", async (env, event) => {
    expect((await read({ env })).event).toBe(event);
  });
});
