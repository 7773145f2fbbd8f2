import { describe, expect, it } from "vitest";
import { corpusCases } from "../../../test/support/lint-corpus.ts";
import type { Edit, Finding } from "../finding.ts";
import { lintInput, type LintOptions } from "../lint-input.ts";
import { allRules } from "../rules/all-rules.ts";
import { chooseFixes } from "./choose-fixes.ts";
import { fixInput } from "./fix-input.ts";

const least = { minSeverity: "note", minConfidence: "low" } as const;

/**
 * What `--fix` promises, for every case of every rule: the files parse, are clean for the rule as
 * far as it can fix them, have no new fault, and nothing else in them has changed. Fixes that are
 * not safe are held to the same, but for faults of other rules.
 */
describe.each(allRules)("fixes of $id", (rule) => {
  const options: LintOptions = { ...least, rules: [rule] };
  const cases = corpusCases(rule.id);

  it.each(cases)("$kind/$name", ({ input }) => {
    const before = lintInput(input, options).findings;
    const { linted, changes } = fixInput(input, { ...options, unsafe: false });
    expect(linted.findings.filter(canFix)).toEqual([]);
    expect(linted.findings.length).toBeLessThanOrEqual(before.filter((one) => !canFix(one)).length);
    const { edits } = chooseFixes(before, false);
    for (const { path, before: text, after } of changes) {
      expect(commentsIn(after), path).toEqual(commentsIn(text));
      expect(leftOf(text, after, edits.get(path) ?? []), path).toEqual([]);
    }
    const all: LintOptions = { ...least, rules: allRules };
    const known = new Set(lintInput(input, all).findings.map(keyOf));
    const now = lintInput(linted.input, all).findings.map(keyOf);
    expect(now.filter((key) => !known.has(key))).toEqual([]);
  });

  it.each(cases)("$kind/$name, unsafe ones, too", ({ input }) => {
    const { linted } = fixInput(input, { ...options, unsafe: true });
    expect(linted.findings.filter(({ fix }) => fix !== undefined)).toEqual([]);
  });
});

function canFix({ fix }: Finding): boolean {
  return fix?.safe === true;
}

function keyOf({ rule, message, span }: Finding): string {
  return `${span.file.path}: ${message} [${rule}]`;
}

function commentsIn(text: string): readonly string[] {
  return text.split("\n").flatMap((line) => /(?:^|\s)#.*$/.exec(line)?.[0].trim() ?? []);
}

/** The lines that no edit touches and that are not in the text any more, in their order. */
function leftOf(before: string, after: string, edits: readonly Edit[]): readonly string[] {
  const touched = new Set(edits.flatMap(({ span }) => linesOf(before, span)));
  const rest = after.split("\n");
  return before.split("\n").filter((line, at) => {
    if (touched.has(at)) return false;
    const found = rest.indexOf(line);
    rest.splice(0, found + 1);
    return found < 0;
  });
}

function linesOf(text: string, { start, end }: { start: number; end: number }): readonly number[] {
  const lineAt = (offset: number): number => text.slice(0, offset).split("\n").length - 1;
  const first = lineAt(start);
  return Array.from({ length: lineAt(end) - first + 1 }, (_, at) => first + at);
}
