import { describe, expect, it } from "vitest";
import { evaluate, interpolate } from "./evaluate.ts";
import type { Scope } from "./scope.ts";
import { exampleText, isUnknown, type Json, Unknown } from "./value.ts";

const part = new Unknown("github.ref_name", "run");
const ref = new Unknown("refs/tags/…", "run", {
  text: "refs/tags/${{ github.ref_name }}",
  unknown: [part],
});
const scope: Scope = {
  contexts: new Map([
    ["github", { values: { ref, event: { merged: false } }, open: true, constancy: "run" }],
  ]),
};

/** Undefined if only a run can tell. */
function value(expression: string): Json | undefined {
  const found = evaluate(expression, scope);
  return isUnknown(found) ? undefined : found;
}

describe("literals", () => {
  it.each([
    ["true", true],
    ["false", false],
    ["null", null],
    ["'true'", "true"],
    ["-1.5", -1.5],
    ["github.event.merged == true", false],
    ["github.event.merged == false", true],
  ])("%s", (expression, expected) => {
    expect(value(expression)).toBe(expected);
  });
});

describe("an object of which only a part is known", () => {
  it.each([
    ["toJSON(github.event)", undefined],
    ["toJSON(github.event.merged)", "false"],
    ["github.event && true", true],
  ])("%s", (expression, expected) => {
    expect(value(expression)).toBe(expected);
  });
});

describe("texts with unknown values", () => {
  const found = (expression: string): unknown => {
    const read = evaluate(expression, scope);
    return isUnknown(read)
      ? { parts: read.parts?.text, unlessEmpty: read.unlessEmpty?.text }
      : read;
  };

  it.each([
    ["format('{0}:{1}', 'a', 1)", "a:1"],
    ["format('{{{0}}}', true)", "{true}"],
    ["format('a:{0}', github.sha)", { parts: "a:${{ github.sha }}", unlessEmpty: undefined }],
    ["vars.X && 'a' || ''", { parts: undefined, unlessEmpty: "a" }],
    [
      "vars.X && format('a:{0}', github.sha) || ''",
      { parts: undefined, unlessEmpty: "a:${{ github.sha }}" },
    ],
    ["vars.X && 'a' || 'b'", { parts: undefined, unlessEmpty: undefined }],
    ["vars.X && github.sha || ''", { parts: undefined, unlessEmpty: undefined }],
  ])("%s", (expression, expected) => {
    expect(found(expression)).toStrictEqual(expected);
  });
});

describe("a text whose start is known", () => {
  it.each([
    ["startsWith(github.ref, 'refs/tags/')", true],
    ["startsWith(github.ref, 'refs/heads/')", false],
    ["startsWith(github.ref, 'refs/tags/v')", undefined],
    ["github.ref == 'refs/heads/main'", false],
    ["github.ref != 'refs/heads/main'", true],
    ["github.ref == 'refs/tags/v1'", undefined],
  ])("%s", (expression, expected) => {
    expect(value(expression)).toBe(expected);
  });
});

describe("a value of an example run", () => {
  const known = new Unknown("github.ref", "run", undefined, { example: "refs/heads/main" });
  const actor = new Unknown("github.actor", "run");
  const run: Scope = {
    contexts: new Map([
      ["github", { values: { ref: known, actor }, open: false, constancy: "run" }],
    ]),
  };

  it.each([
    ["github.ref == 'refs/heads/main'", true],
    ["github.ref != 'refs/heads/main'", false],
    ["startsWith(github.ref, 'refs/tags/')", false],
    ["contains(github.ref, 'main')", true],
    ["!github.ref", false],
    ["startsWith(github.ref, 'refs/tags/') && 'tag' || 'branch'", "branch"],
  ])("decides %s", (expression, expected) => {
    expect(evaluate(expression, run)).toBe(expected);
  });

  it.each(["github.ref", "github.ref || 'none'", "format('{0}', github.ref)"])(
    "stays an expression in the text of %s",
    (expression) => {
      expect(isUnknown(evaluate(expression, run))).toBe(true);
      const found = interpolate(`ref=\${{ ${expression} }}!`, run);
      expect(found.text).toContain("github.ref");
      expect(exampleText(found)).toBe("ref=refs/heads/main!");
    },
  );

  it("is not made of one that has no example", () => {
    const found = interpolate("${{ github.actor }}@${{ github.ref }}", run);
    expect(exampleText(found)).toBeUndefined();
    expect(isUnknown(evaluate("github.actor == github.ref", run))).toBe(true);
  });
});
