import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gitFacts } from "../../test/support/configs.ts";
import { readClaims } from "../config/claims.ts";
import type { Answer, GitFacts } from "./context.ts";
import { judgeRun } from "./judge-run.ts";
import { readContext } from "./environment/read-context.ts";

/**
 * Where a run may happen, and what it may do there: one row each. `git` is what the checkout and
 * its remote report, `own` the judged commit's config, and `main` the default branch's.
 */
interface Row {
  readonly title: string;
  readonly env: NodeJS.ProcessEnv;
  /** GitHub's event; `repository` is added if it is not given here. */
  readonly payload?: Readonly<Record<string, unknown>>;
  readonly git?: Partial<Git>;
  readonly own?: string;
  readonly main?: string | { readonly problem: string };
  readonly write?: true;
  readonly trust: readonly [level: "trusted" | "untrusted" | "local", reason: string | RegExp];
  /** `caches`, `legs`, `publishes`, `scratch`; by default what the level implies. */
  readonly may?: readonly string[];
  readonly warns?: readonly string[];
  /** What the remote was asked; by default nothing. */
  readonly asked?: readonly ("default branch" | "config")[];
}

interface Git extends GitFacts {
  /** The remote's branches that contain the commit. */
  readonly branches: readonly string[] | undefined;
  readonly remoteDefault: string | { readonly problem: string };
}

const sha = "c".repeat(40);
const other = "d".repeat(40);
const checkout: Git = {
  ...gitFacts({ head: sha }),
  branches: undefined,
  remoteDefault: "main",
};

const github = (event: string, ref: string, more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  CI: "true",
  GITHUB_ACTIONS: "true",
  GITHUB_EVENT_NAME: event,
  GITHUB_REF: ref,
  GITHUB_SHA: sha,
  ...more,
});
const push = (branch: string, more?: NodeJS.ProcessEnv) =>
  github("push", `refs/heads/${branch}`, more);
const tagPush = (more?: NodeJS.ProcessEnv) => github("push", "refs/tags/v1", more);
const pull = (event: string, ref: string) => github(event, ref);
const pullPayload = (from: string) => ({
  pull_request: {
    number: 5,
    head: { ref: "main", sha: other, repo: { full_name: from } },
    base: { ref: "main", repo: { full_name: "acme/app" } },
  },
});

const gitlab = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  CI: "true",
  GITLAB_CI: "true",
  CI_SERVER_VERSION: "18.5.0",
  CI_PIPELINE_SOURCE: "push",
  CI_COMMIT_SHA: sha,
  CI_COMMIT_BRANCH: "main",
  CI_COMMIT_REF_PROTECTED: "true",
  CI_DEFAULT_BRANCH: "main",
  ...more,
});
const gitlabTag = (more: NodeJS.ProcessEnv = {}) =>
  gitlab({ CI_COMMIT_BRANCH: "", CI_COMMIT_TAG: "v1", ...more });
const mergeRequest: NodeJS.ProcessEnv = {
  CI_PIPELINE_SOURCE: "merge_request_event",
  CI_COMMIT_BRANCH: "",
  CI_MERGE_REQUEST_IID: "7",
  CI_MERGE_REQUEST_PROJECT_ID: "1",
  CI_MERGE_REQUEST_SOURCE_PROJECT_ID: "2",
};

const releases = 'branches: {release: ["release/*"]}\n';
const tagsWrite = "cache: {write-on-tags: true}\n";
const neither = (branch: string) => `${branch} is neither the default branch nor a release branch`;
const foreign = (event: string) => `people without write access can trigger the event ${event}`;
const bothSet = (...names: string[]) =>
  `the environment has variables from ${names.join(" and ")}, but only one CI system can run this job, so nothing is written`;
const unprotected = (what: string) =>
  `${what} is not protected in GitLab, so anyone who can run a pipeline for it can set its variables`;
const localReason = "a local run: without --write, it writes to no registry";
const writeReason = "a local run with --write";
const unknownReason = "unknown CI system; pass --write to trust it";
const mismatch = `the checkout is at ${other.slice(0, 12)}, not at the event's commit ${sha.slice(0, 12)}, so nothing is written`;

const onGithub: readonly Row[] = [
  {
    title: "a push to the default branch, which no config needs to confirm",
    env: push("main"),
    trust: ["trusted", "push on the default branch main"],
  },
  {
    title: "a push to the default branch whose config names another",
    env: push("main"),
    own: "branches: {default: trunk}\n",
    trust: ["trusted", "push on the default branch main"],
    warns: [
      "branches.default: trunk is ignored, because the default branch is main according to GitHub",
    ],
  },
  {
    title: "a dispatch on the default branch",
    env: github("workflow_dispatch", "refs/heads/main"),
    trust: ["trusted", "workflow_dispatch on the default branch main"],
  },
  {
    title: "a topic branch",
    env: push("topic"),
    trust: ["untrusted", neither("topic")],
    may: ["scratch"],
  },
  {
    title: "a topic branch that declares itself the default one",
    env: push("topic"),
    own: "branches: {default: topic}\n",
    trust: ["untrusted", neither("topic")],
    may: ["scratch"],
    warns: [
      "branches.default: topic is ignored, because the default branch is main according to GitHub",
    ],
  },
  {
    title: "a topic branch that declares itself a release branch",
    env: push("topic"),
    own: "branches: {release: [topic]}\n",
    main: releases,
    trust: [
      "untrusted",
      "this commit's config lists topic as a release branch, but the config on the default branch main does not",
    ],
    may: ["scratch"],
    asked: ["config"],
  },
  {
    title: "a topic branch that declares all branches to be release branches",
    env: push("topic"),
    own: 'branches: {release: ["**"]}\n',
    main: "variants: {}\n",
    trust: ["untrusted", /^this commit's config lists topic as a release branch, but /],
    may: ["scratch"],
    asked: ["config"],
  },
  {
    title: "a topic branch that declares itself both",
    env: push("topic"),
    own: "branches: {default: topic, release: [topic]}\n",
    main: "branches: {default: main}\n",
    trust: ["untrusted", /^this commit's config lists topic as a release branch, but /],
    may: ["scratch"],
    warns: [
      "branches.default: topic is ignored, because the default branch is main according to GitHub",
    ],
    asked: ["config"],
  },
  {
    title: "a release branch in both versions of the config",
    env: push("release/1"),
    own: releases,
    main: 'branches: {release: ["release/**", hotfix]}\n',
    trust: ["trusted", "push on the release branch release/1"],
    asked: ["config"],
  },
  {
    title: "a release branch only in the default branch's config",
    env: push("release/1"),
    main: releases,
    trust: ["untrusted", neither("release/1")],
    may: ["scratch"],
  },
  {
    title: "a release branch, if the default branch cannot be read",
    env: push("release/1"),
    own: releases,
    main: { problem: "could not reach origin: fatal: could not read Username" },
    trust: [
      "untrusted",
      "this commit's config lists release/1 as a release branch, but the default branch's config could not be read (could not reach origin: fatal: could not read Username)",
    ],
    may: ["scratch"],
    asked: ["config"],
  },
  {
    title: "a release branch, if the default branch has a broken config",
    env: push("release/1"),
    own: releases,
    main: "branches: {release: [\n",
    trust: [
      "untrusted",
      /^this commit's config lists release\/1 as a release branch, but .*invalid YAML/,
    ],
    may: ["scratch"],
    asked: ["config"],
  },
  {
    title: "a release branch with another commit checked out",
    env: push("release/1"),
    git: { head: other },
    own: releases,
    main: releases,
    trust: ["untrusted", mismatch],
  },
  {
    title: "a fork's default branch that was pushed as a branch here",
    env: push("eve/main"),
    own: "branches: {default: eve/main}\n",
    trust: ["untrusted", neither("eve/main")],
    may: ["scratch"],
    warns: [
      "branches.default: eve/main is ignored, because the default branch is main according to GitHub",
    ],
  },
  {
    title: "a tag on the default branch",
    env: tagPush(),
    git: { branches: ["main", "topic"] },
    trust: ["trusted", "the tag v1 is on the default branch main"],
    may: ["legs", "publishes"],
  },
  {
    title: "a tag on the default branch that may write caches by both versions of the config",
    env: tagPush(),
    git: { branches: ["main"] },
    own: tagsWrite,
    main: tagsWrite,
    trust: ["trusted", "the tag v1 is on the default branch main"],
    asked: ["config"],
  },
  {
    title: "a tag that may write caches only by its own config",
    env: tagPush(),
    git: { branches: ["main"] },
    own: tagsWrite,
    main: "variants: {}\n",
    trust: ["trusted", "the tag v1 is on the default branch main"],
    may: ["legs", "publishes"],
    warns: [
      "cache.write-on-tags is ignored: the default branch's version of the config does not set it",
    ],
    asked: ["config"],
  },
  {
    title: "a tag that may write caches, if the default branch cannot be read",
    env: tagPush(),
    git: { branches: ["main"] },
    own: tagsWrite,
    main: { problem: "origin is gone" },
    trust: ["trusted", "the tag v1 is on the default branch main"],
    may: ["legs", "publishes"],
    warns: [
      "cache.write-on-tags is ignored: the default branch's version of the config could not be read (origin is gone)",
    ],
    asked: ["config"],
  },
  {
    title: "a tag on a release branch",
    env: tagPush(),
    git: { branches: ["release/1", "topic"] },
    own: releases,
    main: releases,
    trust: ["trusted", "the tag v1 is on the release branch release/1"],
    may: ["legs", "publishes"],
    asked: ["config"],
  },
  {
    title: "a tag on a topic branch that its commit's config calls a release branch",
    env: tagPush(),
    git: { branches: ["topic"] },
    own: "branches: {release: [topic]}\n",
    main: releases,
    trust: [
      "untrusted",
      "the tag v1 is not on a trusted branch: this commit's config lists topic as a release branch, but the config on the default branch main does not",
    ],
    may: ["scratch"],
    asked: ["config"],
  },
  {
    title: "a tag on no branch",
    env: tagPush(),
    git: { branches: [] },
    trust: ["untrusted", "the tag v1 is neither on the default branch nor on a release branch"],
    may: ["scratch"],
  },
  {
    title: "a tag whose branches are not known",
    env: tagPush(),
    trust: ["untrusted", "cannot tell from this clone which branches contain the tag v1"],
    may: ["scratch"],
  },
  {
    title: "a pull request from a fork that declares its branch the default one",
    env: pull("pull_request", "refs/pull/5/merge"),
    payload: pullPayload("eve/app"),
    own: 'branches: {default: main, release: ["**"]}\n',
    trust: ["untrusted", "pull request 5 from a fork is not merged yet"],
    may: ["scratch"],
  },
  {
    title: "a pull request from the repository itself",
    env: pull("pull_request", "refs/pull/5/merge"),
    payload: pullPayload("acme/app"),
    trust: ["untrusted", "pull request 5 is not merged yet"],
    may: ["scratch"],
  },
  {
    title: "pull_request_target",
    env: pull("pull_request_target", "refs/heads/main"),
    payload: pullPayload("eve/app"),
    trust: ["untrusted", foreign("pull_request_target")],
  },
  {
    title: "workflow_run on the default branch",
    env: github("workflow_run", "refs/heads/main"),
    trust: ["untrusted", foreign("workflow_run")],
  },
  {
    title: "a comment",
    env: github("issue_comment", "refs/heads/main"),
    payload: { issue: { number: 5, pull_request: {} } },
    trust: ["untrusted", foreign("issue_comment")],
  },
  {
    title: "a merge queue",
    env: github("merge_group", "refs/heads/gh-readonly-queue/main/pr-5"),
    trust: ["untrusted", "a merge queue commit is not merged yet"],
    may: ["scratch"],
  },
  {
    title: "the push that comes with a merge queue, with globs for all branches",
    env: push("gh-readonly-queue/main/pr-5"),
    own: 'branches: {release: ["**"]}\n',
    main: 'branches: {release: ["**"]}\n',
    trust: ["untrusted", neither("gh-readonly-queue/main/pr-5")],
    may: ["scratch"],
    asked: ["config"],
  },
  {
    title: "a push whose checkout is another commit",
    env: push("main"),
    git: { head: other },
    trust: ["untrusted", mismatch],
  },
  {
    title: "a push whose checkout is detached at its commit",
    env: push("main"),
    git: { branch: undefined },
    trust: ["trusted", "push on the default branch main"],
  },
  {
    title: "a push without a checkout",
    env: push("main"),
    git: { head: undefined },
    trust: [
      "untrusted",
      "there is no checkout to compare with the event's commit, so nothing is written",
    ],
  },
  {
    title: "an unknown event",
    env: github("moonrise", "refs/heads/main"),
    trust: ["untrusted", "unknown event moonrise"],
  },
  {
    title: "an event on the default branch that anyone can cause",
    env: github("issues", "refs/heads/main"),
    payload: { repository: undefined },
    trust: ["untrusted", "unknown event issues"],
  },
  {
    title: "a schedule",
    env: github("schedule", "refs/heads/main"),
    trust: ["trusted", "schedule on the default branch main"],
  },
  {
    title: "a schedule of an older server, whose payload names no repository",
    env: github("schedule", "refs/heads/trunk"),
    payload: { repository: undefined, schedule: "0 0 * * *" },
    trust: ["trusted", "schedule on the default branch trunk"],
  },
  {
    title: "a push of an older server, whose remote names the default branch",
    env: push("main"),
    payload: { repository: undefined },
    trust: ["trusted", "push on the default branch main"],
    asked: ["default branch"],
  },
  {
    title:
      "a topic branch that calls itself the default one, if only the remote names the default branch",
    env: push("topic"),
    payload: { repository: undefined },
    own: "branches: {default: topic}\n",
    main: "branches: {default: main}\n",
    trust: ["untrusted", neither("topic")],
    may: ["scratch"],
    warns: [
      "branches.default: topic is ignored, because the default branch is main according to origin",
    ],
    asked: ["default branch", "config"],
  },
  {
    title: "a default branch that both versions of the config name, if the provider names none",
    env: push("trunk"),
    payload: { repository: undefined },
    own: "branches: {default: trunk}\n",
    main: "branches: {default: trunk}\n",
    trust: ["trusted", "push on the default branch trunk"],
    asked: ["default branch", "config"],
  },
  {
    title: "a push, if neither the provider nor the remote names the default branch",
    env: push("main"),
    payload: { repository: undefined },
    git: { remoteDefault: { problem: "could not reach origin: it is gone" } },
    own: "branches: {default: main}\n",
    trust: ["untrusted", "the default branch is unknown: could not reach origin: it is gone"],
    may: ["scratch"],
    asked: ["default branch"],
  },
];

const imitations: readonly Row[] = [
  {
    title: "Gitea, which sets GitHub's variables itself",
    env: push("main", { GITEA_ACTIONS: "true", ACT: "true" }),
    trust: ["trusted", "push on the default branch main"],
  },
  {
    title: "a topic branch on Forgejo",
    env: push("topic", { FORGEJO_ACTIONS: "true", GITEA_ACTIONS: "true" }),
    trust: ["untrusted", neither("topic")],
    may: ["scratch"],
  },
  {
    title: "a schedule on Gitea, whose payload names no repository",
    env: github("schedule", "refs/heads/main", { GITEA_ACTIONS: "true" }),
    payload: { repository: undefined },
    trust: ["trusted", "schedule on the default branch main"],
  },
  {
    title: "act on somebody's machine",
    env: push("main", { ACT: "true" }),
    trust: ["untrusted", unknownReason],
  },
  {
    title: "act with --write",
    env: push("main", { ACT: "true" }),
    write: true,
    trust: ["local", writeReason],
    may: ["caches", "legs", "publishes", "scratch"],
  },
  {
    title: "a job of GitLab that sets GitHub's variables",
    env: { ...gitlab({ CI_COMMIT_BRANCH: "topic" }), ...push("main") },
    trust: ["untrusted", bothSet("GitHub Actions", "GitLab CI")],
  },
  {
    title: "a job of GitLab that sets GitHub's variables and overrides GITLAB_CI",
    env: { ...gitlab({ GITLAB_CI: "false" }), ...push("main") },
    trust: ["untrusted", bothSet("GitHub Actions", "GitLab CI")],
  },
  {
    title: "a job of GitLab that carries GitHub's event",
    env: gitlab({ GITHUB_EVENT_NAME: "push" }),
    git: { branches: ["main"] },
    trust: ["untrusted", bothSet("GitLab CI", "GitHub Actions")],
  },
  {
    title: "a job of GitHub that sets GITLAB_CI",
    env: push("main", { GITLAB_CI: "true" }),
    trust: ["untrusted", bothSet("GitHub Actions", "GitLab CI")],
  },
  ...(
    [
      ["Jenkins", { JENKINS_URL: "https://ci.example.com" }],
      ["Azure Pipelines", { TF_BUILD: "True" }],
      ["TeamCity", { TEAMCITY_VERSION: "2026.1" }],
      ["CircleCI", { CIRCLECI: "true" }],
      ["Buildkite", { BUILDKITE: "true" }],
      ["Bitbucket Pipelines", { BITBUCKET_BUILD_NUMBER: "7" }],
      ["Travis CI", { TRAVIS: "true" }],
      ["Drone", { DRONE: "true" }],
      ["Woodpecker", { CI: "woodpecker", CI_SYSTEM_NAME: "woodpecker" }],
      ["AWS CodeBuild", { CODEBUILD_BUILD_ARN: "arn:aws:x" }],
    ] as const
  ).map(
    ([name, env]): Row => ({
      title: `a job of ${name} that sets GitHub's variables, with --write or without`,
      env: push("main", env),
      write: true,
      trust: ["untrusted", bothSet("GitHub Actions", name)],
    }),
  ),
  {
    title: "a runner of GitHub that CodeBuild hosts",
    env: push("main", {
      CODEBUILD_BUILD_ARN: "arn:aws:x",
      CODEBUILD_WEBHOOK_EVENT: "WORKFLOW_JOB_QUEUED",
    }),
    trust: ["trusted", "push on the default branch main"],
  },
  {
    title: "a job of TeamCity that sets GitLab's variables",
    env: gitlab({ TEAMCITY_VERSION: "2026.1" }),
    git: { branches: ["main"] },
    trust: ["untrusted", bothSet("GitLab CI", "TeamCity")],
  },
];

const onGitlab: readonly Row[] = [
  {
    title: "a push to the protected default branch",
    env: gitlab(),
    git: { branches: ["main"] },
    trust: ["trusted", "push on the default branch main"],
    asked: ["default branch"],
  },
  {
    title: "a push to a default branch that is not protected",
    env: gitlab({ CI_COMMIT_REF_PROTECTED: "false" }),
    git: { branches: ["main"] },
    trust: ["untrusted", unprotected("main")],
    may: ["scratch"],
  },
  {
    title: "a topic branch",
    env: gitlab({ CI_COMMIT_BRANCH: "topic", CI_COMMIT_REF_PROTECTED: "false" }),
    git: { branches: ["topic"] },
    trust: ["untrusted", unprotected("topic")],
    may: ["scratch"],
  },
  {
    title: "a protected topic branch that declares itself a release branch",
    env: gitlab({ CI_COMMIT_BRANCH: "topic" }),
    git: { branches: ["topic"] },
    own: "branches: {default: topic, release: [topic]}\n",
    main: releases,
    trust: ["untrusted", /^this commit's config lists topic as a release branch, but /],
    may: ["scratch"],
    warns: [
      "branches.default: topic is ignored, because the default branch is main according to GitLab",
    ],
    asked: ["default branch", "config"],
  },
  {
    title: "a protected release branch in both versions of the config",
    env: gitlab({ CI_COMMIT_BRANCH: "release/1" }),
    git: { branches: ["release/1"] },
    own: releases,
    main: releases,
    trust: ["trusted", "push on the release branch release/1"],
    asked: ["default branch", "config"],
  },
  {
    title: "a pipeline of topic that was started with CI_COMMIT_BRANCH=main",
    env: gitlab({ CI_PIPELINE_SOURCE: "web" }),
    git: { branches: ["topic"] },
    trust: ["untrusted", "CI_COMMIT_BRANCH is main, but origin's main does not contain the commit"],
    may: ["scratch"],
    asked: ["default branch"],
  },
  {
    title: "a pipeline of topic that was started with CI_DEFAULT_BRANCH=topic",
    env: gitlab({ CI_COMMIT_BRANCH: "topic", CI_DEFAULT_BRANCH: "topic" }),
    git: { branches: ["topic"] },
    trust: [
      "untrusted",
      "the default branch is unknown: CI_DEFAULT_BRANCH is topic, but origin's default branch is main",
    ],
    may: ["scratch"],
    asked: ["default branch"],
  },
  {
    title: "a pipeline of topic that was started with CI_COMMIT_TAG=v1",
    env: gitlabTag(),
    git: { branches: ["main"], tags: [] },
    trust: [
      "untrusted",
      "CI_COMMIT_TAG is v1, but the checked-out commit has no such tag, so nothing is written",
    ],
  },
  {
    title: "a pipeline that was started with another CI_COMMIT_SHA",
    env: gitlab({ CI_COMMIT_SHA: other }),
    git: { branches: ["main"] },
    trust: [
      "untrusted",
      `the checkout is at ${sha.slice(0, 12)}, not at the event's commit ${other.slice(0, 12)}, so nothing is written`,
    ],
  },
  {
    title: "a protected branch whose clone does not show which branch it is",
    env: gitlab(),
    trust: ["untrusted", "cannot tell from this clone whether origin's main contains the commit"],
    may: ["scratch"],
    asked: ["default branch"],
  },
  {
    title: "a protected branch whose remote does not answer",
    env: gitlab(),
    git: { branches: ["main"], remoteDefault: { problem: "could not reach origin: timeout" } },
    trust: ["untrusted", "the default branch is unknown: could not reach origin: timeout"],
    may: ["scratch"],
    asked: ["default branch"],
  },
  {
    title: "a schedule on the protected default branch",
    env: gitlab({ CI_PIPELINE_SOURCE: "schedule" }),
    git: { branches: ["main", "topic"] },
    trust: ["trusted", "schedule on the default branch main"],
    asked: ["default branch"],
  },
  {
    title: "a protected tag on the default branch",
    env: gitlabTag(),
    git: { branches: ["main"], tags: ["v1"] },
    trust: ["trusted", "the tag v1 is on the default branch main"],
    may: ["legs", "publishes"],
    asked: ["default branch"],
  },
  {
    title: "a tag that is not protected",
    env: gitlabTag({ CI_COMMIT_REF_PROTECTED: "false" }),
    git: { branches: ["main"], tags: ["v1"] },
    trust: ["untrusted", unprotected("the tag v1")],
    may: ["scratch"],
  },
  {
    title: "a merge request from a fork",
    env: gitlab(mergeRequest),
    trust: ["untrusted", "pull request 7 from a fork is not merged yet"],
    may: ["scratch"],
  },
  {
    title: "a merge train",
    env: gitlab({ ...mergeRequest, CI_MERGE_REQUEST_EVENT_TYPE: "merge_train" }),
    trust: ["untrusted", "a merge queue commit is not merged yet"],
    may: ["scratch"],
  },
  {
    title: "a merge request whose variables were emptied",
    env: gitlab({ ...mergeRequest, CI_MERGE_REQUEST_IID: "" }),
    trust: [
      "untrusted",
      "the variables of the merge_request_event pipeline have no merge request, so nothing is written",
    ],
  },
  {
    title: "an event of GitHub's",
    env: gitlab({ CI_PIPELINE_SOURCE: "workflow_dispatch" }),
    trust: ["untrusted", "unknown event workflow_dispatch"],
  },
];

const elsewhere: readonly Row[] = [
  { title: "a local run", env: {}, git: { branch: "main" }, trust: ["local", localReason] },
  {
    title: "a local run with --write, whose config belongs to the user",
    env: {},
    git: { branch: "topic" },
    own: "branches: {default: topic}\n",
    write: true,
    trust: ["local", writeReason],
    may: ["caches", "legs", "publishes", "scratch"],
  },
  {
    title: "an unknown CI",
    env: { CI: "true" },
    git: { branch: "main" },
    own: "branches: {default: main}\n",
    trust: ["untrusted", unknownReason],
  },
  {
    title: "an unknown CI with --write",
    env: { CI: "true" },
    git: { branch: "main" },
    write: true,
    trust: ["local", writeReason],
    may: ["caches", "legs", "publishes", "scratch"],
  },
  {
    title: "Jenkins, which does not set CI",
    env: { JENKINS_URL: "https://ci.example.com" },
    trust: ["untrusted", unknownReason],
  },
  {
    title: "a job of GitLab that overrides GITLAB_CI",
    env: gitlab({ GITLAB_CI: "" }),
    trust: ["untrusted", unknownReason],
  },
  {
    title: "GitHub with --write, which is ignored there",
    env: push("topic"),
    write: true,
    trust: ["untrusted", neither("topic")],
    may: ["scratch"],
  },
];

function stringLike(pattern: RegExp): unknown {
  return expect.stringMatching(pattern);
}

const usual = { trusted: ["caches", "legs", "publishes"], untrusted: [], local: [] } as const;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "layerkeep-trust-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function judge(row: Row) {
  const path = join(folder, "event.json");
  const repository = { full_name: "acme/app", default_branch: "main" };
  writeFileSync(path, JSON.stringify({ repository, ...row.payload }));
  const env = row.env["GITHUB_ACTIONS"] ? { ...row.env, GITHUB_EVENT_PATH: path } : row.env;
  const { branches, remoteDefault, ...facts } = { ...checkout, ...row.git };
  const context = await readContext({
    env,
    git: { facts, branchesContaining: () => Promise.resolve(branches) },
    readFile: (file) => readFile(file, "utf8"),
  });
  const asked: string[] = [];
  const answer = <T>(what: string, value: Answer<T>): Promise<Answer<T>> => {
    asked.push(what);
    return Promise.resolve(value);
  };
  const own = await readClaims(row.own ?? "variants: {}\n", "layerkeep.yml", {});
  const { trust, warnings } = await judgeRun(
    context,
    own,
    {
      askDefaultBranch: () =>
        answer(
          "default branch",
          typeof remoteDefault === "string" ? { value: remoteDefault } : remoteDefault,
        ),
      readClaims: async (branch) => {
        if (branch !== "main") throw new Error(`${branch} is not the default branch`);
        if (typeof row.main === "object") return answer("config", row.main);
        try {
          return await answer("config", {
            value: await readClaims(row.main ?? "variants: {}\n", "layerkeep.yml", {}),
          });
        } catch (error) {
          return answer("config", { problem: String(error) });
        }
      },
    },
    row.write === true,
  );
  const may = [
    ...(trust.writesCaches ? ["caches"] : []),
    ...(trust.writesLegs ? ["legs"] : []),
    ...(trust.publishes ? ["publishes"] : []),
    ...(trust.writesScratch ? ["scratch"] : []),
  ];
  return {
    level: trust.level,
    reason: trust.reason,
    secrets: trust.secrets,
    may,
    warnings,
    asked,
  };
}

describe.each([
  ["on GitHub", onGithub],
  ["in what looks like another CI", imitations],
  ["on GitLab", onGitlab],
  ["elsewhere", elsewhere],
])("a run %s", (_, rows) => {
  it.each(rows)("judges $title", async (row) => {
    const [level, reason] = row.trust;
    expect(await judge(row)).toEqual({
      level,
      reason: typeof reason === "string" ? reason : stringLike(reason),
      secrets: level !== "untrusted",
      may: row.may ?? usual[level],
      warnings: row.warns ?? [],
      asked: row.asked ?? [],
    });
  });
});

it("has at least 60 rows", () => {
  const rows = [onGithub, imitations, onGitlab, elsewhere].flat();
  expect(rows.length).toBeGreaterThanOrEqual(60);
});
