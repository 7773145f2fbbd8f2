import { expect, it } from "vitest";
import { UsageError } from "../../errors.ts";
import { matchPattern } from "./match-pattern.ts";

function pattern(source: string, flags = ""): Parameters<typeof matchPattern>[0] {
  return { text: source, source, flags };
}

it("returns the whole match and its groups", () => {
  expect(matchPattern(pattern("v(.*)-(rc)?"), "v1.2-x")).toEqual(["v1.2-", "1.2", undefined]);
  expect(matchPattern(pattern("V(.)", "i"), "v1")).toEqual(["v1", "1"]);
  expect(matchPattern(pattern("\\d", "g"), "v1.2")).toEqual(["1", "2"]);
});

it("returns undefined if the text does not match", () => {
  expect(matchPattern(pattern("^v"), "1.2")).toBeUndefined();
});

it("stops a pattern that would take forever, and works after it", () => {
  const text = `${"a".repeat(60)}!`;
  expect(() => matchPattern(pattern("^(a+)+$"), text)).toThrow(
    new UsageError(`the pattern ^(a+)+$ takes more than a second to match "${text}"`, {
      hint: "remove nested repetitions, such as (a+)+",
    }),
  );
  expect(matchPattern(pattern("a"), "a")).toEqual(["a"]);
});
