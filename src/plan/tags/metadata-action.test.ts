import { describe, expect, it } from "vitest";
import { contextOf } from "../../../test/support/configs.ts";
import { defaultFlavor } from "../../config/publish/flavor.ts";
import { defaultTagRules, parseTagRule } from "../../config/publish/tag-rule.ts";
import type { Context } from "../../trust/context.ts";
import { planTags } from "./tag-rules.ts";

// The rows of the tables in docker/metadata-action's README (v6, commit dc80280 of 2026-07-02), in
// its order. Its rows for labels and for annotations are not about tags.

const now = new Date("2020-01-10T00:30:00Z");
const commit = "90dd6032fac8bda1b6c4436a2e65de27961ed071";

function at(ref: string, event: string, more: Partial<Context> = {}): Context {
  const dated = { commitDate: "2020-01-10T00:30:00Z", defaultBranch: "master" };
  return contextOf({ event, ref, branch: undefined, commit, head: commit, ...dated, ...more });
}

function tags(rules: readonly string[], context: Context): string[] {
  const parsed = rules.map((text) => parseTagRule(text));
  return planTags(parsed, defaultFlavor, context, { suffix: "", now }).tags.map(({ tag }) => tag);
}

/** The one tag of a rule, without the `latest` that it brings. */
function output(rule: string, context: Context): string | undefined {
  const [tag, ...more] = tags([rule], context);
  expect(more.filter((other) => other !== "latest")).toEqual([]);
  return tag;
}

const gitTag = (tag: string): Context => at(`refs/tags/${tag}`, "push");
const branch = (name: string): Context => at(`refs/heads/${name}`, "push");

describe("the rules of the README's first examples", () => {
  it.each([
    ["refs/pull/2/merge", "pull_request", ["pr-2"]],
    ["refs/heads/master", "push", ["master"]],
    ["refs/heads/releases/v1", "push", ["releases-v1"]],
    ["refs/tags/v1.2.3", "push", ["v1.2.3", "latest"]],
    ["refs/tags/v2.0.8-beta.67", "push", ["v2.0.8-beta.67", "latest"]],
  ])("make of %s, by default, %j", (ref, event, expected) => {
    expect(tags(defaultTagRules, at(ref, event))).toEqual(expected);
  });

  const semver = [
    "type=ref,event=branch",
    "type=ref,event=pr",
    "type=semver,pattern={{version}}",
    "type=semver,pattern={{major}}.{{minor}}",
  ];

  it.each([
    ["refs/pull/2/merge", "pull_request", ["pr-2"]],
    ["refs/heads/master", "push", ["master"]],
    ["refs/heads/releases/v1", "push", ["releases-v1"]],
    ["refs/tags/v1.2.3", "push", ["1.2.3", "1.2", "latest"]],
    ["refs/tags/v2.0.8-beta.67", "push", ["2.0.8-beta.67"]],
  ])("make of %s, with semver, %j", (ref, event, expected) => {
    expect(tags(semver, at(ref, event))).toEqual(expected);
  });

  it("make of a tag for a bake file all tags by priority", () => {
    expect(tags([...semver, "type=sha"], gitTag("v1.2.3"))).toEqual([
      "1.2.3",
      "1.2",
      "sha-90dd603",
      "latest",
    ]);
  });
});

it.each([
  ["nightly", "nightly"],
  ["{{date 'YYYYMMDD'}}", "20200110"],
  ["{{date 'YYYYMMDD-HHmmss' tz='Asia/Tokyo'}}", "20200110-093000"],
])("type=schedule makes of %s %s", (pattern, expected) => {
  const context = at("refs/heads/master", "schedule");
  expect(output(`type=schedule,pattern=${pattern}`, context)).toBe(expected);
});

it.each([
  ["v1.2.3", "{{raw}}", "", "v1.2.3"],
  ["v1.2.3", "{{version}}", "", "1.2.3"],
  ["v1.2.3", "{{major}}.{{minor}}", "", "1.2"],
  ["v1.2.3", "v{{major}}", "", "v1"],
  ["v1.2.3", "{{minor}}", "", "2"],
  ["v1.2.3", "{{patch}}", "", "3"],
  ["p1/v1.2.3", "{{version}}", String.raw`v(\d.\d.\d)$`, "1.2.3"],
  ["v2.0.8-beta.67", "{{raw}}", "", "v2.0.8-beta.67"],
  ["v2.0.8-beta.67", "{{version}}", "", "2.0.8-beta.67"],
  ["v2.0.8-beta.67", "{{major}}", "", "2.0.8-beta.67"],
  ["v2.0.8-beta.67", "{{major}}.{{minor}}", "", "2.0.8-beta.67"],
])("type=semver makes of %s, with %s and the match %j, %s", (tag, pattern, match, expected) => {
  expect(output(`type=semver,pattern=${pattern},match=${match}`, gitTag(tag))).toBe(expected);
});

it.each([
  ["1.2.3", "{{raw}}", "", "1.2.3"],
  ["1.2.3", "{{version}}", "", "1.2.3"],
  ["v1.2.3", "{{version}}", "", "1.2.3"],
  ["1.2.3", "{{major}}.{{minor}}", "", "1.2"],
  ["1.2.3", "v{{major}}", "", "v1"],
  ["v1.2.3rc2", "{{raw}}", "", "v1.2.3rc2"],
  ["1.2.3rc2", "{{version}}", "", "1.2.3rc2"],
  ["p1/v1.2.3", "{{version}}", String.raw`v(\d.\d.\d)$`, "1.2.3"],
  ["1.2.3rc2", "{{major}}.{{minor}}", "", "1.2.3rc2"],
  ["1.2.3post1", "{{major}}.{{minor}}", "", "1.2.3.post1"],
  ["1.2.3beta2", "{{major}}.{{minor}}", "", "1.2.3b2"],
  ["1.0dev4", "{{major}}.{{minor}}", "", "1.0.dev4"],
])("type=pep440 makes of %s, with %s and the match %j, %s", (tag, pattern, match, expected) => {
  expect(output(`type=pep440,pattern=${pattern},match=${match}`, gitTag(tag))).toBe(expected);
});

it.each([
  ["v1.2.3", String.raw`\d.\d.\d`, 0, "1.2.3"],
  ["v2.0.8-beta.67", "v(.*)", 1, "2.0.8-beta.67"],
  ["v2.0.8-beta.67", String.raw`v(\d.\d)`, 1, "2.0"],
  ["20200110-RC2", String.raw`\d+`, 0, "20200110"],
  ["p1/v1.2.3", String.raw`p1/v(\d.\d.\d)`, 1, "1.2.3"],
])("type=match makes of %s, with %s and the group %d, %s", (tag, pattern, group, expected) => {
  expect(output(`type=match,pattern=${pattern},group=${String(group)}`, gitTag(tag))).toBe(
    expected,
  );
});

it.each([
  ["type=edge", "master", "edge"],
  ["type=edge", "main", undefined],
  ["type=edge,branch=main", "main", "edge"],
  ["type=edge,branch=main", "master", undefined],
])("%s makes of the branch %s %s", (rule, name, expected) => {
  expect(output(rule, branch(name))).toBe(expected);
});

it.each([
  ["pr", "pull_request", "refs/pull/2/merge", "pr-2"],
  ["branch", "push", "refs/heads/master", "master"],
  ["branch", "push", "refs/heads/my/branch", "my-branch"],
  ["tag", "push", "refs/tags/v1.2.3", "v1.2.3"],
  ["tag", "push", "refs/tags/v2.0.8-beta.67", "v2.0.8-beta.67"],
  ["branch", "workflow_dispatch", "refs/heads/master", "master"],
])("type=ref,event=%s makes on %s of %s %s", (event, run, ref, expected) => {
  expect(output(`type=ref,event=${event}`, at(ref, run))).toBe(expected);
});

it.each([
  ["type=raw,value=foo", "foo"],
  ["type=raw,foo", "foo"],
  ["foo", "foo"],
  ["type=sha", "sha-90dd603"],
  ["type=sha,format=long", `sha-${commit}`],
  ["type=sha,prefix={{branch}}-", "master-90dd603"],
  ["type=raw,value=mytag-{{branch}}-{{sha}}", "mytag-master-90dd603"],
  ["type=raw,value=latest,enable={{is_default_branch}}", "latest"],
  ["type=raw,value=latest,enable={{is_not_default_branch}}", undefined],
  ["type=semver,pattern={{version}},value=v1.0.0", "1.0.0"],
  [String.raw`type=semver,pattern={{version}},value=p1/v1.0.0,match=v(\d.\d.\d)$`, "1.0.0"],
  ["type=pep440,pattern={{version}},value=1.0.0", "1.0.0"],
  [String.raw`type=pep440,pattern={{version}},value=p1/v1.0.0,match=v(\d.\d.\d)$`, "1.0.0"],
  ["type=match,pattern=v(.*),group=1,value=v1.0.0", "1.0.0"],
])("%s makes of the branch master %s", (rule, expected) => {
  expect(output(rule, branch("master"))).toBe(expected);
});

const pull = at("refs/pull/2/merge", "pull_request", { baseBranch: "master" });
const based = at("refs/tags/v1.2.3", "push", { baseBranch: "master" });

it.each([
  ["{{branch}}", pull, ""],
  ["{{branch}}", branch("master"), "master"],
  ["{{branch}}", branch("my/branch"), "my-branch"],
  ["{{branch}}", gitTag("v1.2.3"), ""],
  ["{{tag}}", pull, ""],
  ["{{tag}}", branch("master"), ""],
  ["{{tag}}", branch("my/branch"), ""],
  ["{{tag}}", gitTag("v1.2.3"), "v1.2.3"],
  ["{{sha}}", branch("master"), "90dd603"],
  ["{{base_ref}}", pull, "master"],
  ["{{base_ref}}", branch("master"), ""],
  ["{{base_ref}}", branch("my/branch"), ""],
  ["{{base_ref}}", based, "master"],
  ["{{date 'YYYYMMDD'}}", branch("master"), "20200110"],
  ["{{date 'dddd, MMMM Do YYYY, h:mm:ss a'}}", pull, "Friday-January-10th-2020-12-30-00-am"],
  ["{{date 'YYYYMMDD-HHmmss' tz='Asia/Tokyo'}}", branch("master"), "20200110-093000"],
  ["{{commit_date 'YYYYMMDD'}}", branch("master"), "20200110"],
  ["{{commit_date 'dddd, MMMM Do YYYY, h:mm:ss a'}}", pull, "Friday-January-10th-2020-12-30-00-am"],
  ["{{commit_date 'YYYYMMDD-HHmmss' tz='Asia/Tokyo'}}", branch("master"), "20200110-093000"],
])("the expression %s has its value (%#)", (expression, context, expected) => {
  // Put into quotes for its comma; x, so that an empty value makes a tag, too.
  expect(output(`type=raw,"value=x${expression}"`, context)).toBe(`x${expected}`);
});

describe("the README's examples that only a workflow can evaluate", () => {
  it.each([
    `type=raw,value=latest,"enable=\${{ github.ref == format('refs/heads/{0}', 'master') }}"`,
    `type=semver,pattern={{major}},"enable=\${{ !startsWith(github.ref, 'refs/tags/v0.') }}"`,
  ])("are refused: %s", (rule) => {
    expect(() => parseTagRule(rule)).toThrow("contains a GitHub workflow expression");
  });

  it("have a rule that does without: no major version zero", () => {
    const rule = String.raw`type=match,pattern=^v([1-9]\d*)\.,group=1`;
    expect(tags([rule], gitTag("v1.2.3"))).toEqual(["1", "latest"]);
    expect(tags([rule], gitTag("v0.1.2"))).toEqual([]);
  });
});
