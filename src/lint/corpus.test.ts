import { describe, expect, it } from "vitest";
import { lintOptions } from "../../test/support/lint.ts";
import { corpusCases } from "../../test/support/lint-corpus.ts";
import { lintInput } from "./lint-input.ts";
import { allRules } from "./rules/all-rules.ts";
import type { Span } from "./yaml/node.ts";

describe.each(allRules)("$id", (rule) => {
  const cases = corpusCases(rule.id);

  it.each(["good", "bad"])("has at least five %s cases", (kind) => {
    expect(cases.filter((one) => one.kind === kind).length).toBeGreaterThanOrEqual(5);
  });

  it.each(cases)("$kind/$name", ({ kind, input, expected }) => {
    const { findings, uncertain, problems } = lintInput(input, lintOptions(rule));
    const found = [
      ...findings.map(({ span, confidence }) => `${placeOf(span)}: ${confidence}`),
      ...uncertain.map(({ span }) => `${placeOf(span)}: cannot tell`),
    ];
    expect([...new Set(found)].sort()).toEqual([...expected].sort());
    expect(expected.some((line) => !line.endsWith("cannot tell"))).toBe(kind === "bad");
    expect(
      problems.filter(({ message }) => !/^not a workflow|^this is an action/.test(message)),
    ).toEqual([]);
  });
});

function placeOf({ file, start }: Span): string {
  return `${file.path}:${file.placeOf(start).line}`;
}
