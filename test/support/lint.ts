import type { FileProblem, LintInput } from "../../src/lint/files/input.ts";
import type { Confidence, Fix, Severity } from "../../src/lint/finding.ts";
import { fixInput } from "../../src/lint/fix/fix-input.ts";
import { lintInput, type LintOptions } from "../../src/lint/lint-input.ts";
import type { Rule } from "../../src/lint/rule.ts";
import type { Span } from "../../src/lint/yaml/node.ts";

import type { LintOutcome } from "../../src/report/lint/outcome.ts";

type Texts = Readonly<Record<string, string>>;

/** A repository in memory; all its files are linted unless `paths` names some. */
export function inputOf(texts: Texts, paths: readonly string[] = Object.keys(texts)): LintInput {
  return {
    root: "/nowhere/app",
    paths,
    files: new Set(Object.keys(texts)),
    texts: new Map(Object.entries(texts)),
    unreadable: [],
  };
}

interface WordRule {
  readonly severity?: Severity;
  readonly confidence?: Confidence;
  /** What replaces the word; without it there is no fix. */
  readonly replacement?: string;
  readonly safe?: boolean;
}

/** A rule that finds a word in the commands of steps. */
export function wordRule(word: string, options: WordRule = {}): Rule {
  const { severity = "error", confidence = "high", replacement, safe = true } = options;
  return {
    id: `no-${word}`,
    severity,
    summary: `${word} is used`,
    why: `Nobody knows what ${word} is.`,
    check: (pipeline, { find }) => {
      for (const scenario of pipeline.scenarios) {
        for (const { steps } of pipeline.runsIn(scenario)) {
          for (const { script } of steps) {
            for (const span of placesOf(word, script?.span)) {
              const fix = replacement === undefined ? undefined : fixOf(span, replacement, safe);
              const message = `the command uses ${word}`;
              find({ span, message, confidence, ...(fix === undefined ? {} : { fix }) });
            }
          }
        }
      }
    },
  };
}

function placesOf(word: string, script: Span | undefined): readonly Span[] {
  if (script === undefined) return [];
  const { file, start, end } = script;
  return [...file.text.slice(start, end).matchAll(new RegExp(word, "g"))].map(({ index }) => {
    return { file, start: start + index, end: start + index + word.length };
  });
}

function fixOf(span: Span, text: string, safe: boolean): Fix {
  return { title: `use ${text}`, safe, edits: [{ span, text }] };
}

/** All rules given, and nothing left out. */
export function lintOptions(...rules: readonly Rule[]): LintOptions {
  return { rules, minSeverity: "note", minConfidence: "low" };
}

/** A workflow of one job whose steps run these commands. */
export function workflowOf(...commands: readonly string[]): string {
  const steps = commands.map((command) => `      - run: ${command}\n`);
  return `on: push\njobs:\n  build:\n    runs-on: ubuntu-24.04\n    steps:\n${steps.join("")}`;
}

/** What a run of the command has to print for files in memory. */
export function outcomeOf(
  texts: Texts,
  rules: readonly Rule[],
  { unreadable = [], cwd = "/nowhere" }: { unreadable?: readonly FileProblem[]; cwd?: string } = {},
): LintOutcome {
  const linted = lintInput({ ...inputOf(texts), unreadable }, lintOptions(...rules));
  return { inputs: [{ linted, fixed: [], changes: [] }], rules, cwd };
}

/** The same, with safe fixes. */
export function fixedOutcomeOf(texts: Texts, rules: readonly Rule[]): LintOutcome {
  const fixed = fixInput(inputOf(texts), { ...lintOptions(...rules), unsafe: false });
  return { inputs: [fixed], rules, cwd: "/nowhere" };
}
