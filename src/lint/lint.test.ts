import { expect, it } from "vitest";
import { lintPipeline } from "./lint.ts";
import { readPipeline } from "./read-pipeline.ts";
import type { Rule } from "./rule.ts";
import { sourceFile } from "./yaml/node.ts";

it("says once for each place that a rule cannot tell, whatever the reasons are", () => {
  const text = "on: push\njobs: {a: {steps: [{run: x}]}, b: {steps: [{run: x}]}}\n";
  const repository = { root: "/", files: new Set<string>(), read: () => undefined };
  const { pipeline } = readPipeline(sourceFile("ci.yml", text), repository);
  const rule: Rule = {
    id: "unsure",
    severity: "note",
    summary: "it may be",
    why: "Nobody knows.",
    check: ({ scenarios: [scenario], runsIn }, { cannotTell }) => {
      for (const { key } of scenario === undefined ? [] : runsIn(scenario)) {
        for (const why of ["one", "another"]) cannotTell(key, why);
      }
    },
  };
  const { uncertain } = pipeline === undefined ? { uncertain: [] } : lintPipeline(pipeline, [rule]);
  expect(uncertain.map(({ span, why }) => [span.start, why])).toEqual([
    [text.indexOf("a:"), "one"],
    [text.indexOf("b:"), "one"],
  ]);
});
