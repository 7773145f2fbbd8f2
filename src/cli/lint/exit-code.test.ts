import { expect, it } from "vitest";
import { outcomeOf, wordRule, workflowOf } from "../../../test/support/lint.ts";
import type { Rule } from "../../lint/rule.ts";
import { lintExitCode } from "./exit-code.ts";

const latest = wordRule("latest", { severity: "note" });
const unsure: Rule = {
  ...wordRule("unsure"),
  check: ({ file }, { cannotTell }) => cannotTell({ file, start: 0, end: 2 }, "a job decides it"),
};

it.each<[string, string, readonly Rule[], boolean, number]>([
  ["nothing found", workflowOf("x"), [latest], true, 0],
  ["a note", workflowOf("latest"), [latest], false, 1],
  ["something that could not be checked", workflowOf("x"), [latest, unsure], false, 0],
  ["the same, and strict", workflowOf("x"), [latest, unsure], true, 1],
  ["a file that is no workflow", "on: push", [latest], false, 2],
  ["a broken part beside a finding", `${workflowOf("latest")}on: push\n`, [latest], false, 2],
])("%s", (_, text, rules, strict, code) => {
  expect(lintExitCode(outcomeOf({ "a.yml": text }, rules), strict)).toBe(code);
});
