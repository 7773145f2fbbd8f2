import { isUnknown } from "../expressions/value.ts";
import type { Job } from "../github/workflow.ts";
import type { JobRun } from "../model/pipeline.ts";
import type { Rule } from "../rule.ts";
import { entryOf } from "../yaml/node.ts";
import { readsResults, runsAlways } from "./support/jobs.ts";

export const matrixWithoutGate: Rule = {
  id: "matrix-without-gate",
  severity: "warning",
  summary: "the workflow has no job that fails if a build matrix is skipped or empty",
  why: "GitHub treats a skipped job as successful, and an empty matrix reports nothing. The branch should require a job that always runs and checks the result of the matrix.",
  check: (pipeline, { find }) => {
    const { workflow, scenarios } = pipeline;
    for (const scenario of scenarios.filter(({ kind }) => checked.has(kind))) {
      const runs = pipeline.runsIn(scenario);
      const matrices = pipeline.matricesIn?.(scenario) ?? [];
      const dynamic = new Set(matrices.flatMap(({ job, rows }) => (isUnknown(rows) ? [job] : [])));
      for (const job of workflow?.jobs ?? []) {
        const own = runs.filter(({ id }) => id === job.id || id.startsWith(`${job.id} / `));
        const why = own.some(mayBuild) ? whyMissing(job, own, dynamic) : undefined;
        const gates = workflow?.jobs.some((other) => isGate(other, job)) ?? false;
        if (job.strategy === undefined || why === undefined || gates) continue;
        find({
          span: job.key,
          message: `no job with "if: always()" checks the result of ${job.id}, so a pull request passes even if ${why}`,
          confidence: "medium",
        });
      }
    }
  },
};

/** Runs whose checks can be required. */
const checked: ReadonlySet<string> = new Set([
  "pull_request",
  "fork",
  "pull_request_target",
  "merge_group",
]);

function mayBuild({ steps, opaque }: JobRun): boolean {
  const builds = steps.some(({ operations }) => operations.some(({ kind }) => kind === "build"));
  return builds || (steps.length === 0 && opaque.length > 0);
}

/** Why the job may report nothing; undefined if it always reports a result for each row. */
function whyMissing(
  { id, node }: Job,
  runs: readonly JobRun[],
  dynamic: ReadonlySet<string>,
): string | undefined {
  if (dynamic.has(id)) return "the matrix is empty";
  const isUnsure = runs.some(({ runs: condition }) => condition === undefined);
  if (!isUnsure) return undefined;
  return entryOf(node, "if") === undefined
    ? "a job that the matrix needs is skipped"
    : "that job is skipped";
}

/** Whether a job always runs and reads what became of another. */
function isGate({ node, needs, if: condition }: Job, job: Job): boolean {
  if (!needs.some(({ text }) => text === job.id)) return false;
  return runsAlways(condition?.text ?? "") && readsResults(node);
}
