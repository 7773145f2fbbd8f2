import { expect, test } from "vitest";
import { requireModestJson } from "./manifest-shape.ts";

function problemOf(json: string | Uint8Array): string | undefined {
  try {
    requireModestJson(typeof json === "string" ? Buffer.from(json) : json);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const nested = (levels: number): string => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;

test.each([
  ["a small object", '{"schemaVersion":2}', undefined],
  ["as many levels as there may be", nested(32), undefined],
  ["one level more", nested(33), "it is nested more than 32 levels deep"],
  ["levels that never end", "[".repeat(1_000_000), "it is nested more than 32 levels deep"],
  ["brackets in a string", JSON.stringify({ a: "[{,:".repeat(100_000) }), undefined],
  ["quotes in a string", JSON.stringify({ a: '"[\\'.repeat(100_000) }), undefined],
  ["a string that never ends", `{"a":"${"[".repeat(100_000)}`, undefined],
  ["a hundred thousand values", JSON.stringify(Array(100_000).fill(1)), undefined],
  ["one value more", JSON.stringify(Array(100_001).fill(1)), "it contains more than 100000 values"],
  [
    "as many annotations",
    `{${Array.from({ length: 50_001 }, (_, n) => `"${n}":""`).join(",")}}`,
    "it contains more than 100000 values",
  ],
  ["a byte order mark", "\ufeff{}", "it begins with a byte order mark"],
  ["bytes that are not UTF-8", Buffer.from([0x7b, 0xff, 0x7d]), "it is not UTF-8"],
])("%s: %#", (_, json, problem) => {
  expect(problemOf(json)).toBe(problem);
});
