import type { Finding, Fix } from "../../lint/finding.ts";
import type { Span } from "../../lint/yaml/node.ts";
import { type LintOutcome, type Region, regionOf, rulePage, shownPath } from "./outcome.ts";

/** The result as docs/lint.md describes it. Paths are relative to `cwd`. */
export function lintJson({ inputs, cwd }: LintOutcome): object {
  const parts = inputs.map(({ linted, fixed }) => {
    const { root } = linted.input;
    const region = (span: Span): Region => regionOf(span, root, cwd);
    return {
      findings: linted.findings.map((finding) => findingJson(finding, region)),
      uncertain: linted.uncertain.map(({ rule, why, span }) => ({ rule, why, ...region(span) })),
      problems: linted.problems.map(({ path, ...problem }) => {
        return { ...problem, file: shownPath(path, root, cwd) };
      }),
      fixed: fixed.map((finding) => findingJson(finding, region)),
      files: linted.checked.map((path) => shownPath(path, root, cwd)),
    };
  });
  return {
    findings: parts.flatMap(({ findings }) => findings),
    uncertain: parts.flatMap(({ uncertain }) => uncertain),
    problems: parts.flatMap(({ problems }) => problems),
    fixed: parts.flatMap(({ fixed }) => fixed),
    ignored: inputs.reduce((sum, { linted }) => sum + linted.ignored, 0),
    files: parts.flatMap(({ files }) => files),
  };
}

function findingJson(
  { rule, severity, confidence, message, span, fix }: Finding,
  region: (span: Span) => Region,
): object {
  const url = rulePage(rule);
  return { rule, severity, confidence, message, ...region(span), url, fix: fixJson(fix, region) };
}

function fixJson(fix: Fix | undefined, region: (span: Span) => Region): object | undefined {
  if (fix === undefined) return undefined;
  const edits = fix.edits.map(({ span, text }) => ({ ...region(span), text }));
  return { title: fix.title, safe: fix.safe, edits };
}
