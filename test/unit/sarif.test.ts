import { readFileSync } from "node:fs";
import Ajv from "ajv-draft-04";
import addFormats from "ajv-formats";
import { expect, it } from "vitest";
import { lintInput } from "../../src/lint/lint-input.ts";
import { allRules } from "../../src/lint/rules/all-rules.ts";
import { lintSarif } from "../../src/report/lint/sarif.ts";
import { lintOptions, outcomeOf, wordRule, workflowOf } from "../support/lint.ts";
import { corpusCases } from "../support/lint-corpus.ts";

const text = readFileSync("test/fixtures/sarif/sarif-schema-2.1.0.json", "utf8");
const ajv = new Ajv.default({ strict: false, allErrors: true });
addFormats.default(ajv);
const validate = ajv.compile(JSON.parse(text) as object);

function errorsIn(log: unknown): unknown {
  validate(JSON.parse(JSON.stringify(log)));
  return validate.errors;
}

it("a log is what OASIS's schema asks for, and a wrong one is not", () => {
  const texts = { ".github/workflows/ü a.yml": workflowOf("latest", "latest"), "b.yml": "" };
  const log = lintSarif(outcomeOf(texts, [wordRule("latest", { replacement: "1" })]));
  expect(errorsIn(log)).toBeNull();
  const [run] = log.runs;
  expect(errorsIn({ ...log, runs: [{ ...run, results: [{ message: "text" }] }] })).toEqual(
    expect.arrayContaining([expect.objectContaining({ keyword: "type" })]),
  );
});

it("so is the log of the whole corpus", () => {
  const inputs = allRules.flatMap((rule) =>
    corpusCases(rule.id).map(({ input }) => {
      return { linted: lintInput(input, lintOptions(...allRules)), fixed: [], changes: [] };
    }),
  );
  const log = lintSarif({ inputs, rules: allRules, cwd: "/" });
  expect(log.runs.flatMap(({ results }) => results).length).toBeGreaterThanOrEqual(allRules.length);
  expect(errorsIn(log)).toBeNull();
});
