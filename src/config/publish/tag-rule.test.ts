import { describe, expect, it } from "vitest";
import { parseTagRule } from "./tag-rule.ts";
import { UsageError } from "../../errors.ts";

const base = { enable: "true", prefix: undefined, suffix: undefined, named: false };

/** A pattern without delimiters. */
function plain(text: string): object {
  return { text, source: text, flags: "" };
}

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
    [
      "type=semver,pattern={{{version}}},value=",
      { ...base, type: "semver", pattern: "{{{version}}}", priority: 900 },
    ],
    [
      String.raw`type=pep440,pattern={{version}},match=v(\d.\d)$`,
      {
        ...base,
        type: "pep440",
        pattern: "{{version}}",
        match: plain(String.raw`v(\d.\d)$`),
        priority: 900,
      },
    ],
    [
      String.raw`type=match,pattern=\d.\d`,
      { ...base, type: "match", pattern: plain(String.raw`\d.\d`), group: 0, priority: 800 },
    ],
    [
      String.raw`type=match,"pattern=/v(\d{1,3})/i",group=1,value={{branch}}`,
      {
        ...base,
        type: "match",
        pattern: {
          text: String.raw`/v(\d{1,3})/i`,
          source: String.raw`v(\d{1,3})`,
          flags: "i",
        },
        group: 1,
        value: "{{branch}}",
        priority: 800,
      },
    ],
    [
      "type=match,pattern=/v/g,group=3",
      {
        ...base,
        type: "match",
        pattern: { text: "/v/g", source: "v", flags: "g" },
        group: 3,
        priority: 800,
      },
    ],
    ["type=edge", { ...base, type: "edge", priority: 700 }],
    ["type=edge,branch=next", { ...base, type: "edge", branch: "next", priority: 700 }],
    [
      "type=sha,priority=-1",
      { ...base, type: "sha", format: "short", prefix: "sha-", priority: -1 },
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
    ["type=egde", 'unknown type "egde"', 'did you mean "edge"?'],
    [
      "type=calendar",
      'unknown type "calendar"',
      "expected one of ref, semver, pep440, match, edge, sha, raw, schedule",
    ],
    ["type=match", "pattern is missing", "add it, as in pattern=v(.*),group=1"],
    ["type=pep440", "pattern is missing", "add it, as in pattern={{version}}"],
    [
      "type=match,pattern=v(",
      "pattern is not a valid regular expression: Invalid regular expression: /v(/: Unterminated group",
      "use a JavaScript regular expression; if it contains a comma, put quotes around the whole name=value field",
    ],
    [
      "type=match,pattern=/v/q",
      "pattern is not a valid regular expression: Invalid flags supplied to RegExp constructor 'q'",
      "use a JavaScript regular expression; if it contains a comma, put quotes around the whole name=value field",
    ],
    [
      `type=match,pattern=${"v".repeat(1001)}`,
      "pattern has 1001 characters, but the limit is 1000",
      undefined,
    ],
    [
      String.raw`type=match,pattern=\d{1,3}`,
      '"3}" has no key',
      String.raw`put quotes around a field with a comma, such as type=match,"pattern=\d{1,3}"`,
    ],
    [
      "type=match,pattern=v.*,group=1",
      "pattern v.* has no groups, so group 1 does not exist",
      "put parentheses around the part to use in the tag",
    ],
    [
      "type=match,pattern=v(.)-(.),group=3",
      "pattern v(.)-(.) has only 2 groups, so group 3 does not exist",
      "use a number from 0 (the entire match) to 2",
    ],
    [
      "type=match,pattern=(()|()){30}x,group=9",
      "pattern (()|()){30}x has only 3 groups, so group 9 does not exist",
      "use a number from 0 (the entire match) to 3",
    ],
    [
      "type=match,pattern=v(.*),group=one",
      'group must be a number, not "one"',
      "use 0 for the entire match, or 1 for the first group in parentheses",
    ],
    [
      "type=semver,pattern={{version}},match=v.*",
      "match v.* has no groups, so group 1 does not exist",
      "put parentheses around the part to use in the tag",
    ],
    [
      "type=edge,brnch=main",
      "type=edge does not support the brnch attribute",
      'did you mean "branch"?',
    ],
    [
      "type=schedule,pattern={{branch}}",
      "unknown expression {{branch}}",
      "expected one of date, commit_date",
    ],
    [
      "type=semver,pattern={{{version}}",
      '"{{{version}}" has mismatched braces: {{{version}}',
      "write {{version}}",
    ],
    [
      "type=sha,enable=${{ true }}",
      '"${{ true }}" contains a GitHub workflow expression',
      "only GitHub workflows expand ${{ … }}; use one of {{branch}}, {{tag}}, {{sha}}, {{base_ref}}, {{is_default_branch}}, {{is_not_default_branch}}, {{date}}, {{commit_date}}",
    ],
    ["type=ref", "event is missing", "use branch, tag or pr"],
    ["type=ref,event=push", "push is not an event", "use branch, tag or pr"],
    ["type=semver", "pattern is missing", "add it, as in pattern={{version}}"],
    ["type=semver,pattern={{majr}}", "unknown expression {{majr}}", 'did you mean "major"?'],
    ["type=sha,format=tiny", "tiny is not a format", "use short or long"],
    ["type=raw", "value is missing", "add it, as in value=nightly"],
    ["type=raw,vlue=x", "type=raw does not support the vlue attribute", 'did you mean "value"?'],
    [
      "type=sha,enable=yes",
      'enable must be true, false or an expression, not "yes"',
      "use an expression, as in enable={{is_default_branch}}",
    ],
    ["type=sha,priority=high", 'priority must be a number, not "high"', undefined],
  ])("refuses %s", (text, why, hint) => {
    const error = thrown(() => parseTagRule(text));
    expect([error.message, error.hint]).toEqual([
      `"${text}" is not a valid tag rule: ${why}`,
      hint,
    ]);
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
