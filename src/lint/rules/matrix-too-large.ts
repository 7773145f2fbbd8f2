import { rowCount } from "../model/most-rows.ts";
import { isUnknown } from "../expressions/value.ts";
import type { JobRun } from "../model/pipeline.ts";
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
    for (const scenario of pipeline.scenarios) {
      if (pipeline.matricesIn === undefined) {
        checkGitlab(pipeline.runsIn(scenario), report);
        continue;
      }
      for (const { job, span, rows } of pipeline.matricesIn(scenario)) {
        if (isUnknown(rows)) {
          report.cannotTell(span, `the size of the matrix of ${job} is only known at run time`);
        } else if (rows > mostOfGithub) {
          const message = `the matrix of ${job} has ${rowCount(rows)} jobs, but GitHub allows at most ${mostOfGithub}`;
          report.find({ span, message, confidence: "high" });
        }
      }
    }
  },
};

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
