import { expect, it } from "vitest";
import { inputOf, lintOptions, wordRule, workflowOf } from "../../../test/support/lint.ts";
import type { Rule } from "../rule.ts";
import { type FixedInput, fixInput } from "./fix-input.ts";

function fixText(text: string, rules: readonly Rule[], unsafe = false): FixedInput {
  return fixInput(inputOf({ "a.yml": text }), { ...lintOptions(...rules), unsafe });
}

it("fixes what is safe, and finds the rest in the text as it is then", () => {
  const rules = [wordRule("latest", { replacement: "1" }), wordRule("edge")];
  const { fixed, linted, changes } = fixText(workflowOf("latest  # why", "edge latest"), rules);
  expect(changes).toEqual([
    {
      path: "a.yml",
      before: workflowOf("latest  # why", "edge latest"),
      after: workflowOf("1  # why", "edge 1"),
    },
  ]);
  expect(fixed.map(({ rule }) => rule)).toEqual(["no-latest", "no-latest"]);
  expect(linted.findings).toMatchObject([{ rule: "no-edge" }]);
  expect(linted.findings[0]?.span.file.text).toBe(changes[0]?.after);
});

it("applies again what another fix left no room for", () => {
  const rules = [
    wordRule("ab", { replacement: "cd" }),
    wordRule("b latest", { replacement: "b 1" }),
    wordRule("d latest", { replacement: "d 1" }),
  ];
  const { changes, fixed } = fixText(workflowOf("ab latest"), rules);
  expect(changes[0]?.after).toBe(workflowOf("cd 1"));
  expect(fixed.map(({ rule }) => rule)).toEqual(["no-ab", "no-d latest"]);
});

it("ends if two rules disagree", () => {
  const rules = [
    wordRule("ping", { replacement: "pong" }),
    wordRule("pong", { replacement: "ping" }),
  ];
  expect(fixText(workflowOf("ping"), rules).linted.findings).toHaveLength(1);
});

it("leaves fixes that are not safe, unless they are asked for", () => {
  const rules = [wordRule("latest", { replacement: "1", safe: false })];
  expect(fixText(workflowOf("latest"), rules)).toMatchObject({ fixed: [], changes: [] });
  expect(fixText(workflowOf("latest"), rules, true)).toMatchObject({
    fixed: [{ rule: "no-latest" }],
    changes: [{ after: workflowOf("1") }],
  });
});

it("fixes a file that is not among the files to lint, but used by one", () => {
  const called = "on: workflow_call\njobs: {b: {steps: [{run: latest}]}}\n";
  const texts = { "a.yml": "on: push\njobs: {a: {uses: ./b.yml}}\n", "b.yml": called };
  const rules = [wordRule("latest", { replacement: "1" })];
  const { changes } = fixInput(inputOf(texts, ["a.yml"]), {
    ...lintOptions(...rules),
    unsafe: false,
  });
  expect(changes).toEqual([
    { path: "b.yml", before: called, after: called.replace("latest", "1") },
  ]);
});

it("writes no file that would be broken", () => {
  const rules = [wordRule("latest", { replacement: "'" })];
  expect(() => fixText(workflowOf("latest"), rules)).toThrow(
    "the fixes would turn a.yml into invalid YAML",
  );
});

it("checks a file once if there is nothing to fix, and twice after a fix", () => {
  let checks = 0;
  const counted = (word: Rule): Rule => ({
    ...word,
    check: (pipeline, report) => {
      checks += 1;
      word.check(pipeline, report);
    },
  });
  fixText(workflowOf("edge"), [counted(wordRule("edge"))]);
  expect(checks).toBe(1);
  checks = 0;
  fixText(workflowOf("latest"), [counted(wordRule("latest", { replacement: "1" }))]);
  expect(checks).toBe(2);
});
