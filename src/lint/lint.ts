import type { Finding, Uncertain } from "./finding.ts";
import { isIgnored } from "./ignores.ts";
import type { Pipeline } from "./model/pipeline.ts";
import type { Report, Rule } from "./rule.ts";
import { atOnce, type Turns } from "./turns.ts";
import type { Span } from "./yaml/node.ts";

export interface LintResult {
  readonly findings: readonly Finding[];
  readonly uncertain: readonly Uncertain[];
  /** How many findings comments silence. */
  readonly ignored: number;
}

/** What the rules find in one pipeline; see `lintPipelines`. */
export function lintPipeline(pipeline: Pipeline, rules: readonly Rule[]): LintResult {
  return atOnce(lintPipelines([pipeline], rules));
}

/**
 * What the rules find in the pipelines of one repository, by file and line, one pipeline a turn. What a comment silences
 * is left out, and what several pipelines, scenarios or rows of a matrix have in common is there
 * once.
 */
export function* lintPipelines(
  pipelines: Iterable<Pipeline>,
  rules: readonly Rule[],
): Turns<LintResult> {
  const findings = new Map<string, Finding>();
  const uncertain = new Map<string, Uncertain>();
  for (const pipeline of pipelines) {
    for (const rule of rules) rule.check(pipeline, reportOf(rule, findings, uncertain));
    yield;
  }
  const left = [...findings.values()].filter(isReported);
  return {
    findings: inOrder(left),
    uncertain: inOrder([...uncertain.values()].filter(isReported)),
    ignored: findings.size - left.length,
  };
}

function reportOf(
  rule: Rule,
  findings: Map<string, Finding>,
  uncertain: Map<string, Uncertain>,
): Report {
  return {
    find: ({ span, message, confidence, severity = rule.severity, fix }) => {
      const key = keyOf(rule, span, message);
      const known = findings.get(key);
      if (known !== undefined && rank[known.confidence] >= rank[confidence]) return;
      findings.set(key, { rule: rule.id, severity, confidence, span, message, fix });
    },
    cannotTell: (span, why) => {
      // One place may have another reason in each row: the first is enough to look at it.
      const key = keyOf(rule, span, "");
      if (!uncertain.has(key)) uncertain.set(key, { rule: rule.id, span, why });
    },
  };
}

/** The same for all scenarios and rows. */
function keyOf({ id }: Rule, { file, start }: Span, text: string): string {
  return `${id}\0${file.path}\0${start}\0${text}`;
}

const rank = { low: 0, medium: 1, high: 2 } as const;

function isReported({ rule, span }: Pick<Finding, "rule" | "span">): boolean {
  return !isIgnored(rule, span);
}

const { compare: byName } = new Intl.Collator();

function inOrder<Item extends Pick<Finding, "span">>(items: readonly Item[]): readonly Item[] {
  return [...items].sort(
    ({ span: a }, { span: b }) =>
      (a.file === b.file ? 0 : byName(a.file.path, b.file.path)) ||
      a.start - b.start ||
      a.end - b.end,
  );
}
