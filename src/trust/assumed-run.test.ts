import { describe, expect, it } from "vitest";
import { gitFacts } from "../../test/support/configs.ts";
import { type AssumedRun, assumedContext, parseAssumedRun } from "./assumed-run.ts";

it.each<[string, AssumedRun]>([
  ["push:main", { event: "push", branch: "main" }],
  ["push:release/1.0", { event: "push", branch: "release/1.0" }],
  ["tag:v1.2.3", { event: "tag", tag: "v1.2.3" }],
  ["pull_request", { event: "pull_request", fork: false, number: 1 }],
  ["pull_request:fork", { event: "pull_request", fork: true, number: 1 }],
  ["pull_request:7", { event: "pull_request", fork: false, number: 7 }],
  ["pull_request:fork:7", { event: "pull_request", fork: true, number: 7 }],
  ["schedule", { event: "schedule" }],
  ["local", { event: "local" }],
])("parses %s", (text, run) => {
  expect(parseAssumedRun(text)).toEqual(run);
});

it.each([
  ["push", "Use push:BRANCH, such as push:main."],
  ["push:", "Use push:BRANCH, such as push:main."],
  ["push:a b", "Use push:BRANCH, such as push:main."],
  ["push:-x", "Use push:BRANCH, such as push:main."],
  ["tag:v1..2", "Use tag:TAG, such as tag:v1.2.3."],
  ["pull_request:forked", "Use pull_request, pull_request:fork or pull_request:NUMBER."],
  ["pull_request:1:2", "Use pull_request, pull_request:fork or pull_request:NUMBER."],
  ["schedule:daily", "Use schedule without a value."],
  ["pul_request", 'Did you mean "pull_request"?'],
  ["", "Use push:BRANCH, tag:TAG, pull_request, pull_request:fork, schedule or local"],
])("refuses %j", (text, message) => {
  expect(() => parseAssumedRun(text)).toThrow(message);
});

const commit = "a".repeat(40);
const at = (remoteUrl: string | undefined) => ({
  facts: gitFacts({ head: commit, branch: "topic", dirty: true, remoteUrl }),
  defaultBranch: "main",
  branches: ["main", "topic"],
});

describe("on GitHub", () => {
  const known = at("https://github.com/acme/app");

  it.each<[string, object]>([
    ["push:main", { event: "push", ref: "refs/heads/main", branch: "main" }],
    [
      "tag:v1",
      { event: "push", ref: "refs/tags/v1", tag: "v1", branchesWithCommit: ["main", "topic"] },
    ],
    [
      "pull_request:fork:7",
      { ref: "refs/pull/7/merge", baseBranch: "main", pullRequest: { number: 7, fork: true } },
    ],
    ["schedule", { event: "schedule", ref: "refs/heads/main", branch: "main" }],
  ])("%s is of the checked-out commit, without local changes", (text, part) => {
    expect(assumedContext(parseAssumedRun(text), known)).toMatchObject({
      ...{ provider: "github", commit, head: commit, dirty: false },
      ...part,
    });
  });
});

it("takes a remote whose host is GitLab's for GitLab", () => {
  const known = at("https://gitlab.acme.dev/acme/app");
  expect(assumedContext({ event: "push", branch: "main" }, known)).toMatchObject({
    ...{ provider: "gitlab", refProtected: true, branchesWithCommit: ["main", "topic"] },
  });
  const request = { event: "pull_request", fork: false, number: 3 } as const;
  expect(assumedContext(request, known)).toMatchObject({
    ...{ event: "merge_request_event", ref: "refs/merge-requests/3/head" },
  });
});

it("is the run on this machine for `local`", () => {
  expect(assumedContext({ event: "local" }, at(undefined))).toMatchObject({
    ...{ provider: "git", event: "local", branch: "topic" },
  });
});

it("needs the default branch for a schedule", () => {
  const unknown = { ...at(undefined), defaultBranch: undefined };
  expect(() => assumedContext({ event: "schedule" }, unknown)).toThrow("default branch is unknown");
});
