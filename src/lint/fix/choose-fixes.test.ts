import { expect, it } from "vitest";
import type { Finding, Fix } from "../finding.ts";
import { sourceFile } from "../yaml/node.ts";
import { applyEdits } from "./apply-edits.ts";
import { chooseFixes } from "./choose-fixes.ts";

const file = sourceFile("a.yml", "0123456789");
const other = sourceFile("b.yml", "0123456789");

type Part = readonly [start: number, end: number, text: string, of?: typeof file];

function finding(parts: readonly Part[], safe = true): Finding {
  const edits = parts.map(([start, end, text, of = file]) => {
    return { span: { file: of, start, end }, text };
  });
  const fix: Fix = { title: "fix it", safe, edits };
  const span = { file, start: 0, end: 1 };
  return { rule: "a", severity: "error", confidence: "high", span, message: "broken", fix };
}

function apply(findings: readonly Finding[], unsafe = false): readonly [string, string, number] {
  const { edits, findings: chosen } = chooseFixes(findings, unsafe);
  const after = ({ path, text }: typeof file): string => applyEdits(text, edits.get(path) ?? []);
  return [after(file), after(other), chosen.length];
}

it.each<[string, readonly Finding[], readonly [string, string, number]]>([
  ["no fix", [{ ...finding([]), fix: undefined }], ["0123456789", "0123456789", 0]],
  ["a replacement", [finding([[2, 4, "x"]])], ["01x456789", "0123456789", 1]],
  ["an insertion", [finding([[2, 2, "x"]])], ["01x23456789", "0123456789", 1]],
  [
    "edits of two files, in any order",
    [
      finding([
        [8, 9, "x"],
        [1, 2, ""],
        [0, 1, "y", other],
      ]),
    ],
    ["0234567x9", "y123456789", 1],
  ],
  [
    "overlaps: the first wins",
    [finding([[2, 5, "x"]]), finding([[4, 6, "y"]]), finding([[8, 9, "z"]])],
    ["01x567z9", "0123456789", 2],
  ],
  [
    "edits that touch: their order would not be clear",
    [finding([[2, 4, "x"]]), finding([[4, 4, "y"]])],
    ["01x456789", "0123456789", 1],
  ],
  [
    "the same edit twice",
    [finding([[2, 4, "x"]]), finding([[2, 4, "x"]])],
    ["01x456789", "0123456789", 2],
  ],
  [
    "all edits of a fix or none",
    [
      finding([[2, 4, "x"]]),
      finding([
        [3, 4, "y"],
        [8, 9, "z"],
      ]),
    ],
    ["01x456789", "0123456789", 1],
  ],
  ["a fix that changes nothing", [finding([[2, 4, "23"]])], ["0123456789", "0123456789", 0]],
  ["one that is not safe", [finding([[2, 4, "x"]], false)], ["0123456789", "0123456789", 0]],
])("%s", (_, findings, expected) => {
  expect(apply(findings)).toEqual(expected);
});

it("takes one that is not safe if that is asked for", () => {
  expect(apply([finding([[2, 4, "x"]], false)], true)).toEqual(["01x456789", "0123456789", 1]);
});
