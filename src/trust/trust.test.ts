import { describe, expect, it } from "vitest";
import type { Answer, Context, Trust } from "./context.ts";
import { decideTrust, trustEmbedded } from "./trust.ts";

const commit = "c".repeat(40);
const other = "d".repeat(40);

const push: Context = {
  provider: "github",
  event: "push",
  ref: "refs/heads/main",
  branch: "main",
  tag: undefined,
  commit,
  head: commit,
  commitDate: "2026-11-21T04:00:00Z",
  defaultBranch: "main",
  baseBranch: undefined,
  pullRequest: undefined,
  branchesWithCommit: undefined,
  source: "https://github.com/acme/app",
  run: { id: "1", url: undefined },
  dirty: false,
};
const feature = { ref: "refs/heads/feature", branch: "feature" };
const release1 = { ref: "refs/heads/release/1.x", branch: "release/1.x" };
const tag = {
  ref: "refs/tags/v1.2.3",
  branch: undefined,
  tag: "v1.2.3",
  branchesWithCommit: ["feature", "main"],
};
const pull = {
  event: "pull_request",
  ref: "refs/pull/5/merge",
  branch: undefined,
  baseBranch: "main",
  pullRequest: { number: 5, fork: true },
};
const gitlab: Partial<Context> = {
  provider: "gitlab",
  refProtected: true,
  branchesWithCommit: ["feature", "main"],
};
const local: Partial<Context> = { provider: "git", event: "local" };
interface Options {
  readonly releaseBranches?: readonly string[];
  readonly defaultBranch?: string;
  readonly writeOnTags?: boolean;
  readonly write?: boolean;
  /** The default branch according to the remote. */
  readonly remote?: Answer<string>;
}

/** What both versions of the config say: the commit's and the default branch's. */
function decide(changes: Partial<Context>, options: Options = {}): Trust {
  const context = { ...push, ...changes };
  const claims = {
    default: options.defaultBranch,
    release: options.releaseBranches ?? [],
    writeOnTags: options.writeOnTags ?? false,
  };
  return decideTrust(context, {
    claims,
    outside: { claims: { value: claims }, remoteDefault: options.remote ?? { value: "main" } },
    write: options.write ?? false,
  });
}

function trusted(reason: string, writesCaches = true): Trust {
  return {
    level: "trusted",
    reason,
    writesCaches,
    writesLegs: true,
    publishes: true,
    writesScratch: false,
    secrets: true,
  };
}

function scratch(reason: string): Trust {
  return { ...nothing(reason), writesScratch: true };
}

function nothing(reason: string): Trust {
  return {
    level: "untrusted",
    reason,
    writesCaches: false,
    writesLegs: false,
    publishes: false,
    writesScratch: false,
    secrets: false,
  };
}

function onThisMachine(reason: string, writes: boolean): Trust {
  return {
    level: "local",
    reason,
    writesCaches: writes,
    writesLegs: writes,
    publishes: writes,
    writesScratch: writes,
    secrets: true,
  };
}

const mismatch =
  "the checkout is at dddddddddddd, not at the event's commit cccccccccccc, so nothing is written";
const foreign = "people without write access can trigger the event";
const notListed = "feature is neither the default branch nor a release branch";
const queue = "a merge queue commit is not merged yet";

interface Row {
  readonly title: string;
  readonly context: Partial<Context>;
  readonly options?: Options;
  readonly trust: Trust;
}

const rows: readonly Row[] = [
  // Branches.
  {
    title: "a push to the default branch",
    context: {},
    trust: trusted("push on the default branch main"),
  },
  {
    title: "a schedule on the default branch",
    context: { event: "schedule" },
    trust: trusted("schedule on the default branch main"),
  },
  {
    title: "a dispatch on the default branch",
    context: { event: "workflow_dispatch" },
    trust: trusted("workflow_dispatch on the default branch main"),
  },
  {
    title: "a repository dispatch",
    context: { event: "repository_dispatch" },
    trust: trusted("repository_dispatch on the default branch main"),
  },
  {
    title: "a push to a release branch",
    context: release1,
    options: { releaseBranches: ["hotfix", "release/*"] },
    trust: trusted("push on the release branch release/1.x"),
  },
  {
    title: "a push to a branch that no glob lists",
    context: release1,
    options: { releaseBranches: ["release"] },
    trust: scratch("release/1.x is neither the default branch nor a release branch"),
  },
  {
    title: "a push to a branch one level below a glob",
    context: { ref: "refs/heads/release/me/x", branch: "release/me/x" },
    options: { releaseBranches: ["release/*"] },
    trust: scratch("release/me/x is neither the default branch nor a release branch"),
  },
  { title: "a push to another branch", context: feature, trust: scratch(notListed) },
  {
    title: "a dispatch on another branch",
    context: { ...feature, event: "workflow_dispatch" },
    trust: scratch(notListed),
  },
  {
    title: "a push, if the default branch is not known",
    context: { defaultBranch: undefined },
    options: { remote: { problem: "could not reach origin: it is gone" } },
    trust: scratch("the default branch is unknown: could not reach origin: it is gone"),
  },
  {
    title: "a push to the config's default branch, if the event names another",
    context: feature,
    options: { defaultBranch: "feature" },
    trust: scratch(notListed),
  },
  {
    title: "a push to the event's default branch, if the config names another",
    context: {},
    options: { defaultBranch: "trunk" },
    trust: trusted("push on the default branch main"),
  },
  {
    title: "a push that names neither branch nor tag",
    context: { ref: "", branch: undefined },
    trust: nothing("the event has neither a branch nor a tag"),
  },
  {
    title: "a local --write, which is ignored in CI",
    context: feature,
    options: { write: true },
    trust: scratch(notListed),
  },
  // Tags.
  {
    title: "a tag on the default branch",
    context: tag,
    trust: trusted("the tag v1.2.3 is on the default branch main", false),
  },
  {
    title: "a tag on the default branch, if tags write caches",
    context: tag,
    options: { writeOnTags: true },
    trust: trusted("the tag v1.2.3 is on the default branch main", true),
  },
  {
    title: "a tag on a release branch",
    context: { ...tag, branchesWithCommit: ["feature", "release/1.x"] },
    options: { releaseBranches: ["release/**"] },
    trust: trusted("the tag v1.2.3 is on the release branch release/1.x", false),
  },
  {
    title: "a release event, which names its tag",
    context: { ...tag, event: "release" },
    trust: trusted("the tag v1.2.3 is on the default branch main", false),
  },
  {
    title: "a dispatch on a tag",
    context: { ...tag, event: "workflow_dispatch" },
    trust: trusted("the tag v1.2.3 is on the default branch main", false),
  },
  {
    title: "a tag elsewhere",
    context: { ...tag, branchesWithCommit: ["feature"] },
    trust: scratch("the tag v1.2.3 is neither on the default branch nor on a release branch"),
  },
  {
    title: "a tag on no branch at all",
    context: { ...tag, branchesWithCommit: [] },
    trust: scratch("the tag v1.2.3 is neither on the default branch nor on a release branch"),
  },
  {
    title: "a tag whose branches are not known",
    context: { ...tag, branchesWithCommit: undefined },
    trust: scratch("cannot tell from this clone which branches contain the tag v1.2.3"),
  },
  {
    title: "a tag that is named like the default branch",
    context: { ...tag, ref: "refs/tags/main", tag: "main", branchesWithCommit: ["feature"] },
    trust: scratch("the tag main is neither on the default branch nor on a release branch"),
  },
  // Pull requests and merge queues.
  {
    title: "a pull request from a fork",
    context: pull,
    trust: scratch("pull request 5 from a fork is not merged yet"),
  },
  {
    title: "a pull request from the same repository",
    context: { ...pull, pullRequest: { number: 5, fork: false } },
    trust: scratch("pull request 5 is not merged yet"),
  },
  {
    title: "a pull request that was merged, whose ref is the default branch",
    context: { ...pull, ref: "refs/heads/main" },
    trust: scratch("pull request 5 from a fork is not merged yet"),
  },
  {
    title: "a pull request whose number is not known",
    context: { ...pull, pullRequest: undefined },
    trust: scratch("pull request from a fork is not merged yet"),
  },
  {
    title: "a merge queue",
    context: {
      event: "merge_group",
      ref: "refs/heads/gh-readonly-queue/main/pr-5",
      branch: "gh-readonly-queue/main/pr-5",
    },
    trust: scratch(queue),
  },
  {
    title: "the push that comes with a merge queue, if a glob matches every branch",
    context: {
      ref: "refs/heads/gh-readonly-queue/main/pr-5",
      branch: "gh-readonly-queue/main/pr-5",
    },
    options: { releaseBranches: ["**"] },
    trust: scratch(
      "gh-readonly-queue/main/pr-5 is neither the default branch nor a release branch",
    ),
  },
  // Other events.
  {
    title: "pull_request_target",
    context: { ...pull, event: "pull_request_target" },
    trust: nothing(`${foreign} pull_request_target`),
  },
  {
    title: "workflow_run on the default branch",
    context: { event: "workflow_run" },
    trust: nothing(`${foreign} workflow_run`),
  },
  {
    title: "issue_comment on the default branch",
    context: { event: "issue_comment" },
    trust: nothing(`${foreign} issue_comment`),
  },
  {
    title: "issue_comment on a pull request",
    context: { event: "issue_comment", pullRequest: { number: 5, fork: true } },
    trust: nothing(`${foreign} issue_comment`),
  },
  {
    title: "an unknown event, on the default branch",
    context: { event: "moonrise" },
    trust: nothing("unknown event moonrise"),
  },
  {
    title: "an event of GitLab's on GitHub",
    context: { event: "web" },
    trust: nothing("unknown event web"),
  },
  {
    title: "a review of a pull request",
    context: { ...pull, event: "pull_request_review" },
    trust: scratch("pull request 5 from a fork is not merged yet"),
  },
  // A checkout that is not the event's commit.
  { title: "a push with another checkout", context: { head: other }, trust: nothing(mismatch) },
  {
    title: "a tag with another checkout",
    context: { ...tag, head: other },
    trust: nothing(mismatch),
  },
  {
    title: "a schedule with another checkout",
    context: { event: "schedule", head: other },
    trust: nothing(mismatch),
  },
  {
    title: "a pull request with another checkout",
    context: { ...pull, head: other },
    trust: nothing(mismatch),
  },
  {
    title: "a merge queue with another checkout",
    context: { event: "merge_group", head: other },
    trust: nothing(mismatch),
  },
  {
    title: "a push to the default branch without a checkout",
    context: { head: "" },
    trust: nothing(
      "there is no checkout to compare with the event's commit, so nothing is written",
    ),
  },
  {
    title: "a push that names no commit",
    context: { commit: "", head: "" },
    trust: nothing("the event has no commit, so nothing is written"),
  },
  // An environment that lacks something.
  {
    title: "a push whose payload cannot be read",
    context: { problems: ["the event payload e.json is not a JSON object"] },
    options: { defaultBranch: "main", releaseBranches: ["**"] },
    trust: nothing("the event payload e.json is not a JSON object, so nothing is written"),
  },
  {
    title: "a pull request whose payload cannot be read",
    context: { ...pull, pullRequest: undefined, problems: ["the payload is gone"] },
    trust: nothing("the payload is gone, so nothing is written"),
  },
  // GitLab.
  ...["push", "schedule", "web", "api", "trigger", "pipeline", "parent_pipeline"].map(
    (event): Row => ({
      title: `GitLab's ${event} on the default branch`,
      context: { ...gitlab, event },
      trust: trusted(`${event} on the default branch main`),
    }),
  ),
  {
    title: "GitLab's push to another branch",
    context: { ...gitlab, ...feature },
    trust: scratch(notListed),
  },
  {
    title: "GitLab's schedule on another branch",
    context: { ...gitlab, ...feature, event: "schedule" },
    trust: scratch(notListed),
  },
  {
    title: "GitLab's tag on the default branch",
    context: { ...gitlab, ...tag },
    trust: trusted("the tag v1.2.3 is on the default branch main", false),
  },
  {
    title: "a merge request from a fork",
    context: { ...gitlab, ...pull, event: "merge_request_event" },
    trust: scratch("pull request 5 from a fork is not merged yet"),
  },
  {
    title: "a merge request from the same project",
    context: {
      ...gitlab,
      ...pull,
      event: "merge_request_event",
      pullRequest: { number: 5, fork: false },
    },
    trust: scratch("pull request 5 is not merged yet"),
  },
  {
    title: "a child pipeline of a merge request",
    context: { ...gitlab, ...pull, event: "parent_pipeline" },
    trust: scratch("pull request 5 from a fork is not merged yet"),
  },
  {
    title: "a merge train",
    context: { ...gitlab, ...pull, event: "merge_train" },
    trust: scratch(queue),
  },
  {
    title: "an external pull request, although its branch is named like the default one",
    context: { ...gitlab, event: "external_pull_request_event" },
    trust: scratch("pull request from a fork is not merged yet"),
  },
  {
    title: "an event of GitHub's on GitLab",
    context: { ...gitlab, event: "workflow_dispatch" },
    trust: nothing("unknown event workflow_dispatch"),
  },
  // Outside the CIs that we know.
  {
    title: "a local run",
    context: local,
    trust: onThisMachine(
      "a local run: without --write, nothing is written to the registries in the config",
      false,
    ),
  },
  {
    title: "a local run with --write",
    context: local,
    options: { write: true },
    trust: onThisMachine("a local run with --write", true),
  },
  {
    title: "a local run without git",
    context: { ...local, ref: "", branch: undefined, commit: "", head: "" },
    trust: onThisMachine(
      "a local run: without --write, nothing is written to the registries in the config",
      false,
    ),
  },
  {
    title: "a CI that we do not know, on the default branch",
    context: { ...local, event: "ci" },
    trust: nothing("unknown CI system; pass --write to trust it"),
  },
  {
    title: "a CI that we do not know, with --write",
    context: { ...local, event: "ci" },
    options: { write: true },
    trust: onThisMachine("a local run with --write", true),
  },
];

describe("decideTrust", () => {
  it.each(rows)("decides on $title", ({ context, options, trust }) => {
    expect(decide(context, options)).toEqual(trust);
  });

  it("never allows an untrusted run more than scratch", () => {
    for (const { context, options } of rows) {
      const trust = decide(context, options);
      if (trust.level !== "untrusted") continue;
      const { secrets, writesCaches, writesLegs, publishes } = trust;
      expect([secrets, writesCaches, writesLegs, publishes]).toEqual([false, false, false, false]);
    }
  });
});

describe("trustEmbedded", () => {
  it("lets a local run write to the embedded registry without --write", () => {
    const trust = decide(local);
    expect(trustEmbedded(trust)).toEqual({
      ...trust,
      writesCaches: true,
      writesLegs: true,
      publishes: true,
    });
  });

  it("allows an untrusted run nothing more", () => {
    const trust = decide(pull);
    expect(trustEmbedded(trust)).toEqual(trust);
  });
});
