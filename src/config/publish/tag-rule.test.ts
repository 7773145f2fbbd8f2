import { describe, expect, it } from "vitest";
import { parseTagRule } from "./tag-rule.ts";
import { UsageError } from "../../errors.ts";

const base = { enable: "true", prefix: undefined, suffix: undefined };

describe("parseTagRule", () => {
  it.each([
    ["type=ref,event=branch", { ...base, type: "ref", event: "branch", priority: 600 }],
    ["type=ref,event=tag", { ...base, type: "ref", event: "tag", priority: 600 }],
    ["type=ref,event=pr", { ...base, type: "ref", event: "pr", priority: 600, prefix: "pr-" }],
    [
      "type=ref,event=pr,prefix=,suffix=-x",
      { ...base, type: "ref", event: "pr", priority: 600, prefix: "", suffix: "-x" },
    ],
    [
      "type=semver,pattern={{major}}.{{minor}},value=v1.2.3",
      { ...base, type: "semver", pattern: "{{major}}.{{minor}}", value: "v1.2.3", priority: 900 },
    ],
    ["type=sha", { ...base, type: "sha", format: "short", prefix: "sha-", priority: 100 }],
    [
      "type=sha,format=long,priority=950",
      { ...base, type: "sha", format: "long", prefix: "sha-", priority: 950 },
    ],
    ["nightly", { ...base, type: "raw", value: "nightly", priority: 200 }],
    [
      "type=raw,value=latest,enable={{is_default_branch}}",
      { ...base, type: "raw", value: "latest", enable: "{{is_default_branch}}", priority: 200 },
    ],
    ["type=schedule", { ...base, type: "schedule", pattern: "nightly", priority: 1000 }],
    [
      "type=schedule,pattern={{date 'YYYYMMDD'}}",
      { ...base, type: "schedule", pattern: "{{date 'YYYYMMDD'}}", priority: 1000 },
    ],
  ])("reads %s", (text, rule) => {
    expect(parseTagRule(text)).toEqual(rule);
  });

  it.each([
    ["type=edge", "edge is not a type", "write type=raw,value=edge,enable={{is_default_branch}}"],
    ["type=match", "match is not a type", "a type is ref, semver, sha, raw or schedule"],
    ["type=ref", "event is missing", "event is branch, tag or pr"],
    ["type=ref,event=push", "push is not an event", "event is branch, tag or pr"],
    ["type=semver", "pattern is missing", "such as pattern={{version}}"],
    ["type=semver,pattern={{majr}}", "{{majr}} is not an expression", 'did you mean "major"?'],
    ["type=sha,format=tiny", "tiny is not a format", "format is short or long"],
    ["type=raw", "value is missing", "such as value=nightly"],
    ["type=raw,vlue=x", "type=raw has no attribute vlue", 'did you mean "value"?'],
    [
      "type=sha,enable=yes",
      'enable must be true, false or an expression, not "yes"',
      "such as enable={{is_default_branch}}",
    ],
    ["type=sha,priority=high", 'priority must be a number, not "high"', undefined],
  ])("refuses %s", (text, why, hint) => {
    const error = thrown(() => parseTagRule(text));
    expect([error.message, error.hint]).toEqual([`"${text}" is not a tag rule: ${why}`, hint]);
  });
});

function thrown(run: () => unknown): UsageError {
  try {
    run();
  } catch (error) {
    if (error instanceof UsageError) return error;
  }
  throw new Error("it did not throw a usage error");
}
