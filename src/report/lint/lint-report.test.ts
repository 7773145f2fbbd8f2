import { expect, it } from "vitest";
import { fixedOutcomeOf, outcomeOf, wordRule, workflowOf } from "../../../test/support/lint.ts";
import type { Rule } from "../../lint/rule.ts";
import { withoutMarks } from "../terminal/style.ts";
import { renderLint } from "./lint-report.ts";
import type { LintOutcome } from "./outcome.ts";

const latest = wordRule("latest", { replacement: "1" });
const edge = wordRule("edge", { severity: "warning", confidence: "medium" });
const unsure: Rule = {
  ...wordRule("unsure"),
  check: ({ file, workflow }, { cannotTell }) => {
    const at = workflow?.jobs[0]?.key;
    if (at !== undefined) cannotTell({ file, start: at.start, end: at.end }, "a job decides it");
  },
};

/** Without its colours. */
const rendered = (outcome: LintOutcome): string => withoutMarks(renderLint(outcome));

it("shows findings with their lines, why once for each rule, and how to fix them", () => {
  const texts = { "a.yml": workflowOf("latest", "edge", "latest # layerkeep: ignore", "latest") };
  expect(rendered(outcomeOf(texts, [latest, edge]))).toBe(`\
error[no-latest]: the command uses latest
 --> app/a.yml:6:14
  |
6 |       - run: latest
  |              ^^^^^^
  = fix: use 1 (--fix)
  = why: Nobody knows what latest is.
  = more: layerkeep lint --explain no-latest

warning[no-edge]: the command uses edge
 --> app/a.yml:7:14
  |
7 |       - run: edge
  |              ^^^^
  = confidence: medium
  = why: Nobody knows what edge is.
  = more: layerkeep lint --explain no-edge

error[no-latest]: the command uses latest
 --> app/a.yml:9:14
  |
9 |       - run: latest
  |              ^^^^^^
  = fix: use 1 (--fix)

3 findings (2 errors, 1 warning, 2 fixable with --fix), 1 ignored, 1 file checked`);
});

it("says by reason what could not be decided, and never that it is clean", () => {
  const texts = { "a.yml": workflowOf("x"), "b.yml": workflowOf("x") };
  const other = { ...unsure, id: "other" };
  expect(rendered(outcomeOf(texts, [unsure, other]))).toBe(`\
not checked: a job decides it
  app/a.yml:3:3 (no-unsure, other)
  app/b.yml:3:3 (no-unsure, other)

no findings, 2 places could not be checked, 2 files checked`);
});

it("tells what cannot be read, and no more than ten problems of a file", () => {
  const twice = `on: push\njobs:\n  a: {}\n${"  a: {}\n".repeat(12)}`;
  const unreadable = [{ path: "c.yml", message: "the file is not UTF-8 text", line: 1, column: 1 }];
  const lines = rendered(outcomeOf({ "a.yml": twice, "b.yml": "" }, [edge], { unreadable })).split(
    "\n",
  );
  expect(lines).toEqual([
    "error: app/c.yml:1:1: the file is not UTF-8 text",
    "",
    ...Array.from(
      { length: 10 },
      (_, at) => `error: app/a.yml:${at + 4}:3: the key "a" is set twice`,
    ),
    "  and 2 more problems",
    "",
    "error: app/b.yml:1:1: the file is empty",
    "",
    "no findings, 3 files with problems, 1 file checked",
  ]);
});

it("says what was fixed", () => {
  expect(rendered(fixedOutcomeOf({ "a.yml": workflowOf("latest") }, [latest]))).toBe(
    "fixed[no-latest]: app/a.yml:6:14: use 1\n\n1 fixed, no findings, 1 file checked",
  );
});

it("marks a part of a line that is long, has tabs, or goes on", () => {
  const long = `${"x".repeat(400)}latest${"y".repeat(400)}`;
  const lines = (text: string): readonly string[] =>
    rendered(outcomeOf({ "a.yml": text }, [latest])).split("\n");
  const [, , , shown = "", marks = ""] = lines(workflowOf(long));
  expect(shown.length).toBeLessThan(180);
  expect(shown.slice(marks.indexOf("^"), marks.lastIndexOf("^") + 1)).toBe("latest");
  expect(shown).toMatch(/^6 \| …x+latesty+…$/);
  const crlf = workflowOf("a\tlatest").replaceAll("\n", "\r\n");
  expect(lines(crlf).slice(3, 5)).toEqual([
    "6 |       - run: a latest",
    "  |                ^^^^^^",
  ]);
});
