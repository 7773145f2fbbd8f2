import { describe, expect, it } from "vitest";
import { contextOf } from "../../../test/support/configs.ts";
import type { Flavor, TagRule } from "../../config/config.ts";
import { parseTagRule } from "../../config/publish/tag-rule.ts";
import { UsageError } from "../../errors.ts";
import type { Context } from "../../trust/context.ts";
import type { PlannedTag } from "../plan.ts";
import { planTags } from "./tag-rules.ts";

const commit = "860c1904a1ce19322e91ac35af1ab07466440c37";
const now = new Date("2026-11-21T23:30:00Z");
const common = { enable: "true", prefix: undefined, suffix: undefined, named: false };
const auto: Flavor = {
  latest: "auto",
  prefix: "",
  prefixLatest: false,
  prefixNamed: false,
  suffix: "",
  suffixLatest: false,
  suffixNamed: false,
};

const schedule = { ...common, type: "schedule", pattern: "nightly", priority: 1000 } as const;
const branch = { ...common, type: "ref", event: "branch", priority: 600 } as const;
const tag = { ...common, type: "ref", event: "tag", priority: 600 } as const;
const pr = { ...common, type: "ref", event: "pr", priority: 600 } as const;
const sha = { ...common, type: "sha", format: "short", priority: 100 } as const;
const usual: readonly TagRule[] = [schedule, branch, tag, pr];

function semver(pattern: string, value?: string): TagRule {
  return { ...common, type: "semver", pattern, value, match: undefined, priority: 900 };
}

function raw(value: string, more: Partial<TagRule> = {}): TagRule {
  return { ...common, priority: 200, ...more, type: "raw", value };
}

function at(ref: string, more: Partial<Context> = {}): Context {
  const commitDate = "2026-11-20T10:00:00Z";
  return contextOf({ ref, branch: undefined, commit, head: commit, commitDate, ...more });
}

const main = at("refs/heads/main");

function tags(
  rules: readonly TagRule[],
  context: Context,
  flavor: Partial<Flavor> = {},
  suffix = "",
): readonly PlannedTag[] {
  return planTags(rules, { ...auto, ...flavor }, context, { suffix, now }).tags;
}

function names(...args: Parameters<typeof tags>): string[] {
  return tags(...args).map((planned) => planned.tag);
}

describe("the usual rules", () => {
  it.each([
    ["refs/heads/main", "push", ["main"]],
    ["refs/heads/releases/v1", "push", ["releases-v1"]],
    ["refs/heads/feature/a#b@c", "push", ["feature-a-b-c"]],
    ["refs/heads/a//b__c", "push", ["a-b__c"]],
    ["refs/pull/2/merge", "pull_request", ["pr-2"]],
    ["refs/merge-requests/7/head", "merge_request_event", ["pr-7"]],
    ["refs/merge-requests/7/merge", "merge_request_event", ["pr-7"]],
    ["refs/merge-requests/7/train", "merge_train", ["pr-7"]],
    ["refs/tags/v1.2.3", "push", ["v1.2.3", "latest"]],
    ["refs/tags/v2.0.8-beta.67", "push", ["v2.0.8-beta.67", "latest"]],
    ["refs/tags/p1/v1", "push", ["p1-v1", "latest"]],
    ["refs/heads/main", "schedule", ["nightly", "main"]],
    ["", "push", []],
  ])("for %s on %s produce the tags %j", (ref, event, expected) => {
    expect(names(usual, at(ref, { event }))).toEqual(expected);
  });
});

describe("semver", () => {
  const patterns = ["{{version}}", "{{major}}.{{minor}}", "v{{major}}", "{{raw}}", "{{patch}}"];

  it.each([
    ["v1.2.3", ["1.2.3", "1.2", "v1", "v1.2.3", "3", "latest"]],
    ["1.2.3", ["1.2.3", "1.2", "v1", "3", "latest"]],
    ["v2.0.8-beta.67", ["2.0.8-beta.67", "v2.0.8-beta.67"]],
    ["v9.5.7+fork.3", ["9.5.7", "9.5", "v9", "v9.5.7-fork.3", "7", "latest"]],
    ["v1.2", []],
    ["release-1", []],
  ])("produces for the git tag %s the tags %j", (gitTag, expected) => {
    const rules = patterns.map((pattern) => semver(pattern));
    expect(names(rules, at(`refs/tags/${gitTag}`))).toEqual(expected);
  });

  it("produces nothing on a branch", () => {
    expect(names([semver("{{version}}")], main)).toEqual([]);
  });

  it("uses a value of its own on any ref, with expressions filled in", () => {
    expect(names([semver("{{major}}.{{minor}}", "v1.2.3")], main)).toEqual(["1.2", "latest"]);
    const tagged = at("refs/tags/v3.0.0");
    expect(names([semver("{{version}}", "{{tag}}")], tagged)).toEqual(["3.0.0", "latest"]);
  });

  it("warns if a git tag is not a version", () => {
    expect(
      planTags([semver("{{version}}"), tag], auto, at("refs/tags/v1"), { suffix: "", now }),
    ).toEqual({
      tags: [
        { tag: "v1", order: "ancestry" },
        { tag: "latest", order: "ancestry" },
      ],
      version: "v1",
      warnings: ['"v1" is not a semantic version, so {{version}} produces no tag'],
    });
  });

  it("rejects an expression that patterns do not have", () => {
    expect(() => names([semver("{{branch}}")], at("refs/tags/v1.2.3"))).toThrow(
      new UsageError('"{{branch}}": {{branch}} is not available here', {
        hint: "use one of major, minor, patch, raw, version",
      }),
    );
  });
});

/** Rules as they are written, so that a table shows what a user writes. */
function written(...texts: readonly string[]): TagRule[] {
  return texts.map((text) => parseTagRule(text));
}

describe("pep440", () => {
  it.each([
    ["1.2.3.4", ["1.2", "1.2.3", "1.2.3.4", "latest"]],
    ["2026.11", ["2026.11", "2026.11.0", "latest"]],
    ["1!2.0+ubuntu.1", ["2.0", "2.0.0", "1-2.0-ubuntu.1", "latest"]],
    ["v1.2-rc.1", ["1.2rc1"]],
    ["nightly", []],
  ])("produces for the git tag %s the tags %j", (gitTag, expected) => {
    const rules = written(
      "type=pep440,pattern={{major}}.{{minor}}",
      "type=pep440,pattern={{major}}.{{minor}}.{{patch}}",
      "type=pep440,pattern={{version}}",
    );
    expect(names(rules, at(`refs/tags/${gitTag}`))).toEqual(expected);
  });

  it("warns if a git tag is not a version", () => {
    const rules = written("type=pep440,pattern={{version}}");
    const { warnings } = planTags(rules, auto, at("refs/tags/x1"), { suffix: "", now });
    expect(warnings).toEqual(['"x1" is not a PEP 440 version, so {{version}} produces no tag']);
  });
});

describe("a part of a version's text", () => {
  it.each([
    ["p1/v1.2.3", ["1.2.3", "latest"], []],
    ["2.0.0", ["2.0.0", "latest"], ['"2.0.0" does not match v(.*), so the tag uses all of it']],
    ["vx", [], ['"x" is not a semantic version, so {{version}} produces no tag']],
  ])("is what match finds in %s: %j", (gitTag, expected, warnings) => {
    const rules = written("type=semver,pattern={{version}},match=v(.*)");
    const plan = planTags(rules, auto, at(`refs/tags/${gitTag}`), { suffix: "", now });
    expect([plan.tags.map((planned) => planned.tag), plan.warnings]).toEqual([expected, warnings]);
  });
});

describe("match", () => {
  it("produces nothing on a branch, without a value of its own", () => {
    expect(names(written("type=match,pattern=.*"), main)).toEqual([]);
    expect(names(written("type=match,pattern=m(.*),group=1,value={{branch}}"), main)).toEqual([
      "ain",
      "latest",
    ]);
  });

  it.each([
    ["type=match,pattern=^v", '"nightly" does not match ^v, so the rule produces no tag'],
    [
      "type=match,pattern=n(x)?,group=1",
      'group 1 of n(x)? does not match anything in "nightly", so the rule produces no tag',
    ],
  ])("warns if %s finds nothing in a git tag", (rule, warning) => {
    const context = at("refs/tags/nightly");
    expect(planTags(written(rule), auto, context, { suffix: "", now })).toEqual({
      tags: [],
      version: undefined,
      warnings: [warning],
    });
  });
});

describe("edge", () => {
  it.each([
    ["type=edge", at("refs/heads/main"), ["edge"]],
    ["type=edge", at("refs/heads/next"), []],
    ["type=edge", at("refs/tags/main"), []],
    ["type=edge", at("refs/pull/2/merge"), []],
    ["type=edge,branch=next", at("refs/heads/next"), ["edge"]],
    ["type=edge,branch=next", at("refs/heads/main"), []],
  ])("%s produces its tag on its branch alone (%#)", (rule, context, expected) => {
    expect(names(written(rule), context)).toEqual(expected);
  });

  it("warns if no branch is named and the default branch is not known", () => {
    const context = at("refs/heads/main", { defaultBranch: undefined });
    expect(planTags(written("type=edge"), auto, context, { suffix: "", now }).warnings).toEqual([
      "the default branch is unknown, so type=edge produces no tag. Set it with branch=",
    ]);
  });
});

describe("sha, raw and schedule", () => {
  it("produces the commit, short and long", () => {
    expect(names([sha, { ...sha, format: "long" }], main)).toEqual([
      "sha-860c190",
      `sha-${commit}`,
    ]);
    expect(names([{ ...sha, prefix: "" }], main)).toEqual(["860c190"]);
  });

  it("produces no tag if there is no commit", () => {
    expect(names([sha], at("", { commit: "" }))).toEqual([]);
  });

  it.each([
    ["edge", "edge"],
    ["{{branch}}", "main"],
    ["b-{{tag}}", "b-"],
    ["{{sha}}", "860c190"],
    ["{{base_ref}}", "next"],
    ["{{is_default_branch}}", "true"],
    ["{{is_not_default_branch}}", "false"],
    ["{{date 'YYYYMMDD'}}", "20261121"],
    ["{{date 'YYYYMMDD' tz='Asia/Tokyo'}}", "20261122"],
    ["{{commit_date 'YYYYMMDD-HHmm'}}", "20261120-1000"],
    ["{{branch}}/{{sha}}", "main-860c190"],
  ])("produces for the raw value %j the tag %j", (value, expected) => {
    expect(names([raw(value)], at("refs/heads/main", { baseBranch: "next" }))).toEqual([expected]);
  });

  it("produces no tag for an empty value", () => {
    expect(names([raw("{{tag}}")], main)).toEqual([]);
  });

  it.each([
    ["nightly", "nightly"],
    ["{{date 'YYYYMMDD'}}", "20261121"],
    ["nightly-{{date 'YYYYMMDD-HHmm' tz='Europe/Berlin'}}", "nightly-20261122-0030"],
    ["{{commit_date 'GGGG-[W]WW'}}", "2026-W47"],
  ])("produces for the schedule %j the tag %j", (pattern, expected) => {
    const context = at("refs/heads/main", { event: "schedule" });
    expect(names([{ ...schedule, pattern }], context)).toEqual([expected]);
    expect(names([{ ...schedule, pattern }], main)).toEqual([]);
  });

  it.each([
    ["{{date}}", "{{date}} accepts only one format", "use {{date 'YYYYMMDD' tz='UTC'}}"],
    [
      "{{date 'YYYY' zone='UTC'}}",
      "{{date}} does not support the zone attribute",
      "use {{date 'YYYYMMDD' tz='UTC'}}",
    ],
    [
      "{{nothing}}",
      '"{{nothing}}": {{nothing}} is not available here',
      "use one of base_ref, branch, commit_date, date, is_default_branch, is_not_default_branch, sha, tag",
    ],
  ])("rejects %j", (value, message, hint) => {
    expect(() => names([raw(value)], main)).toThrow(new UsageError(message, { hint }));
  });

  it("rejects a commit's date if there is no commit", () => {
    const context = at("", { commitDate: undefined });
    expect(() => names([raw("{{commit_date 'YYYY'}}")], context)).toThrow(
      new UsageError("{{commit_date}} needs a commit, but this run has none"),
    );
  });
});

describe("enable", () => {
  const onDefault = { enable: "{{is_default_branch}}" };

  it.each([
    ["refs/heads/main", ["latest"]],
    ["refs/heads/feature", []],
    ["refs/tags/main", []],
    ["refs/pull/2/merge", []],
  ])("with {{is_default_branch}} on %s produces %j", (ref, expected) => {
    expect(names([raw("latest", onDefault)], at(ref))).toEqual(expected);
  });

  it("is false on every branch if the default one is unknown", () => {
    expect(
      names([raw("x", onDefault)], at("refs/heads/main", { defaultBranch: undefined })),
    ).toEqual([]);
  });

  it.each([
    ["schedule", ["x"]],
    ["create", ["x"]],
    ["discussion", ["x"]],
    ["discussion_comment", ["x"]],
    ["issues", ["x"]],
    ["issue_comment", []],
    ["push", []],
  ])("is for %s, if the payload names no repository, %j", (event, expected) => {
    const context = at("refs/heads/main", { event, defaultBranch: undefined });
    expect(names([raw("x", onDefault)], context)).toEqual(expected);
    expect(names([raw("x", onDefault)], at("refs/heads/topic", { event }))).toEqual([]);
  });

  it("uses the config's default branch if it has one", () => {
    const options = { suffix: "", now, defaultBranch: "trunk" };
    const trunk = at("refs/heads/trunk");
    expect(planTags([raw("x", onDefault)], auto, trunk, options).tags).toEqual([
      { tag: "x", order: "ancestry" },
    ]);
    expect(planTags([raw("x", onDefault)], auto, main, options).tags).toEqual([]);
  });

  it("rejects what is neither true nor false", () => {
    expect(() => names([raw("x", { enable: "{{branch}}" })], main)).toThrow(
      new UsageError('enable must be true or false, but is "main" in a tag rule of type raw', {
        hint: "use an expression that evaluates to true or false, such as {{is_default_branch}}",
      }),
    );
  });
});

describe("priority, prefix, suffix and latest", () => {
  it("puts the higher priority first, and rules of one priority in their order", () => {
    const rules = [sha, raw("a"), raw("b"), branch, raw("top", { priority: 5000 })];
    expect(names(rules, main)).toEqual(["top", "main", "a", "b", "sha-860c190"]);
  });

  it("lets the first rule that produces a tag decide on latest", () => {
    const context = at("refs/tags/v1.2.3");
    expect(names([raw("edge", { priority: 901 }), semver("{{version}}")], context)).toEqual([
      "edge",
      "1.2.3",
    ]);
    expect(names([branch, semver("{{version}}")], context)).toEqual(["1.2.3", "latest"]);
  });

  it("obeys latest=true and latest=false", () => {
    expect(names([branch], main, { latest: "true" })).toEqual(["main", "latest"]);
    expect(names([semver("{{version}}")], at("refs/tags/v1.2.3"), { latest: "false" })).toEqual([
      "1.2.3",
    ]);
    expect(names([branch], at("refs/tags/v1"), { latest: "true" })).toEqual([]);
  });

  it("prefers a rule's own prefix and suffix to the flavor's", () => {
    const flavor = { prefix: "f-", suffix: "-s" };
    const rules = [raw("a"), raw("b", { prefix: "" }), raw("c", { suffix: "" }), pr, sha];
    expect(names(rules, at("refs/pull/2/merge"), flavor)).toEqual([
      "pr-2-s",
      "f-a-s",
      "b-s",
      "f-c",
      "sha-860c190-s",
    ]);
  });

  it("puts the flavor's prefix and suffix on latest only on request", () => {
    const rules = [semver("{{version}}")];
    const context = at("refs/tags/v1.2.3");
    const flavor = { prefix: "f-", suffix: "-{{sha}}" };
    expect(names(rules, context, flavor)).toEqual(["f-1.2.3-860c190", "latest"]);
    expect(names(rules, context, { ...flavor, prefixLatest: true, suffixLatest: true })).toEqual([
      "f-1.2.3-860c190",
      "f-latest-860c190",
    ]);
  });

  it("puts the variant's suffix after everything, latest included", () => {
    const rules = [semver("{{major}}.{{minor}}"), raw("x", { suffix: "-own" }), sha];
    expect(names(rules, at("refs/tags/v1.2.3"), { suffix: "-slim" }, "-gpu")).toEqual([
      "1.2-slim-gpu",
      "x-own-gpu",
      "sha-860c190-slim-gpu",
      "latest-gpu",
    ]);
  });
});

describe("the order that keeps a tag from moving backwards", () => {
  it("is semver for parts of a version, and none for the full version", () => {
    const rules = ["{{version}}", "{{raw}}", "{{major}}.{{minor}}.{{patch}}", "{{major}}"];
    const context = at("refs/tags/v1.2.3");
    expect(tags([...rules.map((r) => semver(r)), semver("{{major}}.{{minor}}")], context)).toEqual([
      { tag: "1.2.3", order: "none" },
      { tag: "v1.2.3", order: "none" },
      { tag: "1", order: "semver" },
      { tag: "1.2", order: "semver" },
      { tag: "latest", order: "semver" },
    ]);
  });

  it("is ancestry for a version in the config", () => {
    expect(tags([semver("{{version}}", "1.2.3")], main)).toEqual([
      { tag: "1.2.3", order: "ancestry" },
      { tag: "latest", order: "semver" },
    ]);
  });

  it("is semver for the latest of a git tag that is a version, otherwise ancestry", () => {
    expect(tags([tag], at("refs/tags/v1.2.3"))).toEqual([
      { tag: "v1.2.3", order: "none" },
      { tag: "latest", order: "semver" },
    ]);
    expect(tags([tag], at("refs/tags/v1"))).toEqual([
      { tag: "v1", order: "ancestry" },
      { tag: "latest", order: "ancestry" },
    ]);
  });

  it("is ancestry for branches, raw values and schedules, and none for what identifies one build", () => {
    const rules = [...usual, raw("edge"), sha];
    expect(tags(rules, at("refs/heads/main", { event: "schedule" }), { latest: "true" })).toEqual([
      { tag: "nightly", order: "ancestry" },
      { tag: "main", order: "ancestry" },
      { tag: "edge", order: "ancestry" },
      { tag: "sha-860c190", order: "none" },
      { tag: "latest", order: "ancestry" },
    ]);
    expect(tags([pr], at("refs/pull/2/merge"))).toEqual([{ tag: "pr-2", order: "none" }]);
  });

  it("is pep440 for parts of such a version, and for its latest", () => {
    const rules = written(
      "type=pep440,pattern={{version}}",
      "type=pep440,pattern={{major}}.{{minor}}.{{patch}}",
      "type=pep440,pattern={{major}}",
      "type=pep440,pattern=x{{version}},value=1.0",
    );
    expect(tags(rules, at("refs/tags/1.2.3.4"))).toEqual([
      { tag: "1.2.3.4", order: "none" },
      { tag: "1.2.3", order: "pep440" },
      { tag: "1", order: "pep440" },
      { tag: "x1.0", order: "ancestry" },
      { tag: "latest", order: "pep440" },
    ]);
    expect(tags(rules.slice(1, 2), at("refs/tags/1.2"))).toEqual([
      { tag: "1.2.0", order: "none" },
      { tag: "latest", order: "pep440" },
    ]);
  });

  it.each([
    // The whole version is built once; a part of it moves with the version.
    ["v1.2.3", "v(.*)", "none", "semver"],
    ["v1.2.3", String.raw`v(\d+\.\d+)`, "semver", "semver"],
    ["v1.2.3-rc.1", String.raw`v(\d+\.\d+\.\d+)`, "semver", "semver"],
    ["p1/v1.2.3", "v(.*)", "none", "semver"],
    ["20200110-RC2", String.raw`^(\d+)`, "ancestry", "ancestry"],
  ])("is for match, in %s by %s, %s", (gitTag, pattern, order, latest) => {
    const planned = tags(
      written(`type=match,pattern=${pattern},group=1`),
      at(`refs/tags/${gitTag}`),
    );
    expect(planned.map((one) => one.order)).toEqual([order, latest]);
  });

  it("is ancestry for edge, and for a version that is a rule's value", () => {
    const rules = written("type=edge", "type=match,pattern=.*,value=1.2.3");
    expect(tags(rules, main)).toEqual([
      { tag: "1.2.3", order: "ancestry" },
      { tag: "edge", order: "ancestry" },
      { tag: "latest", order: "semver" },
    ]);
  });

  it("is the stricter of two rules that produce one tag", () => {
    expect(tags([semver("{{version}}"), raw("latest")], at("refs/tags/v1.2.3"))).toEqual([
      { tag: "1.2.3", order: "none" },
      { tag: "latest", order: "semver" },
    ]);
  });
});

describe("the version for the annotation", () => {
  const version = (rules: readonly TagRule[], context: Context): string | undefined =>
    planTags(rules, { ...auto, suffix: "-s" }, context, { suffix: "-gpu", now }).version;

  it("is the full semantic version, whatever part of it the tags show", () => {
    expect(version([semver("{{major}}")], at("refs/tags/v1.2.3"))).toBe("1.2.3");
    expect(
      version([raw("x", { priority: 901 }), semver("{{major}}")], at("refs/tags/v1.2.3")),
    ).toBe("1.2.3");
    expect(version([tag], at("refs/tags/v1.2.3"))).toBe("1.2.3");
  });

  it("is a version of PEP 440 in its normal form", () => {
    expect(version(written("type=pep440,pattern={{major}}"), at("refs/tags/v1.2-post1"))).toBe(
      "1.2.post1",
    );
  });

  it("is the git tag's version, if match makes a tag of its part", () => {
    const rules = written(String.raw`type=match,pattern=\d.\d`);
    expect(version(rules, at("refs/tags/v1.2.3"))).toBe("1.2.3");
    expect(version(rules, at("refs/tags/release-1.2"))).toBe("1.2-s");
  });

  it("is otherwise the first tag, without the variant's suffix", () => {
    expect(version([branch, sha], main)).toBe("main-s");
  });

  it("is missing if no rule produces a tag", () => {
    expect(version([tag], main)).toBeUndefined();
  });
});

describe("tags that no registry would accept", () => {
  it("are all reported at once, with what is wrong", () => {
    const long = "x".repeat(130);
    const attempt = (): unknown => tags([raw(long), raw(".x"), raw("fine")], main, {}, "-gpu");
    expect(attempt).toThrow(
      new UsageError([
        {
          message: `the tag rules produce "${long}-gpu", which is not a valid tag`,
          hint: "it is 134 characters long, but the limit is 128; to shorten it, change the prefix, suffix or pattern of a rule",
        },
        {
          message: 'the tag rules produce ".x-gpu", which is not a valid tag',
          hint: "start the tag with a letter, a digit or _",
        },
      ]),
    );
  });

  it("do not include one of 128 characters", () => {
    expect(names([raw("x".repeat(128))], main)).toEqual(["x".repeat(128)]);
  });
});
