import { expect, it } from "vitest";
import { outcomeOf, wordRule, workflowOf } from "../../../test/support/lint.ts";
import { lintAnnotations } from "./lint-annotations.ts";
import { lintJson } from "./lint-json.ts";

const rule = wordRule("latest", { severity: "note", replacement: "1" });
const texts = { "a.yml": workflowOf("latest"), "b.yml": "" };
const outcome = outcomeOf(texts, [rule], { cwd: "/nowhere/app/sub" });
const linted = outcome.inputs[0]?.linted ?? never();
const url = "https://github.com/layerkeep/layerkeep/blob/main/docs/lint/no-latest.md";

it("gives everything to programs, with paths from the current folder", () => {
  const region = { file: "../a.yml", line: 6, column: 14, endLine: 6, endColumn: 20 };
  expect(lintJson(outcome)).toEqual({
    findings: [
      {
        rule: "no-latest",
        severity: "note",
        confidence: "high",
        message: "the command uses latest",
        ...region,
        url,
        fix: { title: "use 1", safe: true, edits: [{ ...region, text: "1" }] },
      },
    ],
    uncertain: [],
    problems: [{ file: "../b.yml", line: 1, column: 1, message: "the file is empty" }],
    fixed: [],
    ignored: 0,
    files: ["../a.yml"],
  });
});

it("gives an annotation for each finding and problem", () => {
  expect(lintAnnotations(outcome)).toEqual([
    {
      level: "error",
      text: "the file is empty",
      place: { file: "/nowhere/app/b.yml", line: 1, col: 1 },
    },
    {
      level: "notice",
      text: `the command uses latest\nfix: use 1\n${url}`,
      place: {
        file: "/nowhere/app/a.yml",
        line: 6,
        endLine: 6,
        col: 14,
        endColumn: 20,
        title: "no-latest",
      },
    },
  ]);
});

it("names no columns for what is on several lines", () => {
  const span = { file: linted.findings[0]?.span.file ?? never(), start: 0, end: 30 };
  const findings = linted.findings.map((finding) => ({ ...finding, span }));
  const inputs = [{ linted: { ...linted, findings, problems: [] }, fixed: [], changes: [] }];
  const [annotation] = lintAnnotations({ ...outcome, inputs });
  expect(annotation?.place).toEqual({
    file: "/nowhere/app/a.yml",
    line: 1,
    endLine: 4,
    title: "no-latest",
  });
});

function never(): never {
  throw new Error("no finding");
}
