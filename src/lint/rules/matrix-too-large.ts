import { rowCount } from "../model/most-rows.ts";
import { isUnknown } from "../expressions/value.ts";
import type { JobRun, Matrix } from "../model/pipeline.ts";
import type { Report, Rule } from "../rule.ts";
import { at } from "../yaml/node.ts";

/** "A matrix will generate a maximum of 256 jobs per workflow run." */
const mostOfGithub = 256;
/** The limit of `parallel:matrix`. */
const mostOfGitlab = 200;

export const matrixTooLarge: Rule = {
  id: "matrix-too-large",
  severity: "error",
  summary: "a matrix has more jobs than the CI service allows",
  why: "GitHub allows at most 256 jobs per matrix, and GitLab at most 200. If a matrix has more, nothing is built.",
  check: (pipeline, report) => {
    if (pipeline.matricesIn === undefined) {
      for (const scenario of pipeline.scenarios) checkGitlab(pipeline.runsIn(scenario), report);
    } else checkGithub(pipeline.scenarios.flatMap(pipeline.matricesIn), report);
  },
};

function checkGithub(matrices: readonly Matrix[], { find, cannotTell }: Report): void {
  const unsure = new Map<string, Matrix>();
  for (const matrix of matrices) {
    const { job, span, rows, most } = matrix;
    if (most !== undefined && most <= mostOfGithub) continue;
    if (isUnknown(rows)) unsure.set(job, matrix);
    else {
      const message = `the matrix of ${job} has ${rowCount(rows)} jobs, but GitHub allows at most ${mostOfGithub}`;
      find({ span, message, confidence: "high" });
    }
  }
  const [first, ...others] = unsure.values();
  // Rows that another job lists are common: one line for the workflow.
  if (first !== undefined) cannotTell(first.span, whyUnsure(first, others.length));
}

function whyUnsure({ job }: Matrix, others: number): string {
  if (others === 0) return `the size of the matrix of ${job} is only known at run time`;
  const more = others === 1 ? "another job" : `${others} other jobs`;
  return `the sizes of the matrices of ${job} and ${more} are only known at run time`;
}

function checkGitlab(jobs: readonly JobRun[], { find }: Report): void {
  const rows = new Map<number, number>();
  for (const { key } of jobs) rows.set(key.start, (rows.get(key.start) ?? 0) + 1);
  for (const { id, key, node } of jobs) {
    const count = rows.get(key.start) ?? 0;
    if (count <= mostOfGitlab) continue;
    const message = `the matrix of ${id} has ${rowCount(count)} jobs, but GitLab allows at most ${mostOfGitlab}`;
    find({ span: at(node, "parallel", "matrix") ?? key, message, confidence: "high" });
  }
}
