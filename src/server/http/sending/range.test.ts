import { describe, expect, test } from "vitest";
import { parseContentRange, parseRange } from "./range.ts";

describe("parseRange", () => {
  test.each([
    ["bytes=0-9", { start: 0, length: 10 }],
    ["bytes=0-0", { start: 0, length: 1 }],
    ["bytes=90-", { start: 90, length: 10 }],
    ["bytes=90-1000", { start: 90, length: 10 }],
    ["bytes=-10", { start: 90, length: 10 }],
    ["bytes=-1000", { start: 0, length: 100 }],
    ["bytes=100-", "unsatisfiable"],
    ["bytes=-0", "unsatisfiable"],
    [undefined, undefined],
    ["bytes=-", undefined],
    ["bytes=5-2", "unsatisfiable"],
    ["bytes=0-1,5-6", undefined],
    ["lines=0-1", undefined],
    ["bytes=99999999999999999999-", "unsatisfiable"],
    ["bytes=0-99999999999999999999", { start: 0, length: 100 }],
    ["bytes=-99999999999999999999", { start: 0, length: 100 }],
  ])("of 100 bytes, %s", (value, range) => {
    expect(parseRange(value, 100)).toEqual(range);
  });

  test("of empty content, any range is unsatisfiable", () => {
    expect([parseRange("bytes=0-0", 0), parseRange("bytes=-5", 0)]).toEqual([
      "unsatisfiable",
      "unsatisfiable",
    ]);
  });
});

describe("parseContentRange", () => {
  test.each([
    ["0-99", { start: 0, length: 100 }],
    ["100-100", { start: 100, length: 1 }],
    ["bytes 5-9/10", { start: 5, length: 5 }],
    ["bytes=5-9", { start: 5, length: 5 }],
    ["9-5", undefined],
    ["5-", undefined],
    ["-5", undefined],
    ["a-b", undefined],
  ])("%s", (value, range) => {
    expect(parseContentRange(value)).toEqual(range);
  });
});
