import type { FileProblem, LintInput } from "./files/input.ts";
import { readRepository } from "./files/read-repository.ts";
import type { Repository } from "./files/repository.ts";
import type { Confidence, Severity } from "./finding.ts";
import { calledWorkflows } from "./github/jobs/called-workflows.ts";
import { nearest } from "../nearest.ts";
import { namedRules } from "./ignores.ts";
import { lintPipelines, type LintResult } from "./lint.ts";
import type { Pipeline } from "./model/pipeline.ts";
import { readPipeline } from "./read-pipeline.ts";
import type { Rule } from "./rule.ts";
import { allRules } from "./rules/all-rules.ts";
import { atOnce, type Turns } from "./turns.ts";
import { whyNoPipeline } from "./why-no-pipeline.ts";
import type { SourceFile } from "./yaml/node.ts";

export interface LintOptions {
  readonly rules: readonly Rule[];
  /** What is less severe, or less certain, is not reported. */
  readonly minSeverity: Severity;
  readonly minConfidence: Confidence;
}

/** What was found in the files of a repository. */
export interface LintedInput extends LintResult {
  readonly input: LintInput;
  /** The files that were read as workflows or pipelines, perhaps with problems. */
  readonly checked: readonly string[];
  /** Of files, and of parts of files, that could not be checked. */
  readonly problems: readonly FileProblem[];
}

/** Lints the files of a repository together: a called workflow is checked with its callers. */
export function lintInput(input: LintInput, options: LintOptions): LintedInput {
  return atOnce(lintFiles(input, options));
}

/** The same, one file a turn. */
export function* lintFiles(input: LintInput, options: LintOptions): Turns<LintedInput> {
  const repository = readRepository(input.root, input.files, input.texts);
  const problems: FileProblem[] = [...input.unreadable];
  const checked: string[] = [];
  const { rules, minSeverity, minConfidence } = options;
  yield* readFirst(input, repository);
  const pipelines = pipelinesOf(input, repository, { problems, checked });
  const result = yield* lintPipelines(pipelines, rules);
  const files = new Set([
    ...checked.flatMap((path) => repository.read(path) ?? []),
    ...result.findings.map(({ span }) => span.file),
  ]);
  problems.push(...[...files].flatMap((file) => unknownRules(file, rules)));
  const minor = rules.filter(({ severity }) => !isAtLeast(severity, minSeverity));
  return {
    ...result,
    input,
    checked,
    findings: result.findings.filter(
      ({ severity, confidence }) =>
        isAtLeast(severity, minSeverity) && isAtLeast(confidence, minConfidence),
    ),
    uncertain: result.uncertain.filter(({ rule }) => !minor.some(({ id }) => id === rule)),
    problems,
  };
}

/** What comments want to silence although no rule has that name. */
function unknownRules(file: SourceFile, rules: readonly Rule[]): readonly FileProblem[] {
  const ids = [...allRules, ...rules].map(({ id }) => id);
  return namedRules(file).flatMap(({ id, ...place }) => {
    if (ids.includes(id)) return [];
    const near = nearest(id, ids);
    const hint =
      near === undefined
        ? "run `layerkeep lint --list-rules` to list all rules"
        : `did you mean "${near}"?`;
    return { path: file.path, ...place, message: `no rule "${id}" to ignore: ${hint}` };
  });
}

/** Rules look at other files, too: without this, the first one would wait for all of them. */
function* readFirst({ paths }: LintInput, repository: Repository): Turns<void> {
  for (const path of paths) {
    const file = repository.read(path);
    if (file !== undefined) readPipeline(file, repository);
    yield;
  }
}

function* pipelinesOf(
  { paths }: LintInput,
  repository: Repository,
  { problems, checked }: { readonly problems: FileProblem[]; readonly checked: string[] },
): Generator<Pipeline> {
  const called = calledWorkflows(paths, repository);
  for (const path of paths) {
    const file = repository.read(path);
    if (file === undefined) continue;
    const read = readPipeline(file, repository);
    problems.push(...read.problems.map((problem) => ({ path, ...problem })));
    if (read.pipeline === undefined) {
      if (read.problems.length > 0) continue;
      problems.push({ path, message: whyNoPipeline(file), line: 1, column: 1 });
      continue;
    }
    checked.push(path);
    yield called.has(path) ? withoutCall(read.pipeline) : read.pipeline;
  }
}

/** Its findings come from those that call it. */
function withoutCall(pipeline: Pipeline): Pipeline {
  const scenarios = pipeline.scenarios.filter(({ kind }) => kind !== "workflow_call");
  return { ...pipeline, scenarios };
}

const rank = { low: 0, medium: 1, high: 2, note: 0, warning: 1, error: 2 } as const;

function isAtLeast<Level extends Severity | Confidence>(level: Level, least: Level): boolean {
  return rank[level] >= rank[least];
}
