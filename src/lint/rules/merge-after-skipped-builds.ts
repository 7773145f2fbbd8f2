import { isUnknown } from "../expressions/value.ts";
import { operationsIn } from "../model/builds.ts";
import type { JobRun } from "../model/pipeline.ts";
import type { Rule } from "../rule.ts";
import { at, textOf } from "../yaml/node.ts";
import { isAfter, readsResults, runsAlways } from "./support/jobs.ts";

export const mergeAfterSkippedBuilds: Rule = {
  id: "merge-after-skipped-builds",
  severity: "error",
  summary:
    "a merge job runs even though its builds did not, or is skipped because the build of another image failed",
  why: "With always(), a merge also runs if builds failed or were skipped, and publishes an image with missing platforms or nothing. Without a condition, one failed matrix job skips the merges of all images.",
  check: (pipeline, { find }) => {
    for (const scenario of pipeline.scenarios) {
      const jobs = pipeline.runsIn(scenario);
      const merges = new Set(operationsIn(pipeline, scenario, "merge").map(({ job }) => job));
      const builds = jobs.filter(pushesImages);
      for (const job of merges) {
        const build = builds.find((one) => isAfter(job, one, jobs));
        const condition = at(job.node, "if");
        if (build === undefined) continue;
        if (runsAlways(textOf(condition) ?? "")) {
          if (readsResults(job.node) || readsOutputs(job, build)) continue;
          const message = `${job.id} also runs if ${build.id} fails or is skipped`;
          find({ span: condition ?? job.key, message, confidence: "high" });
        } else if (mergesImageByImage(job, jobs) && rowsOf(build, jobs) > 1) {
          const message = `one failed matrix job of ${build.id} skips ${job.id} for all images`;
          find({ span: job.key, message, severity: "warning", confidence: "medium" });
        }
      }
    }
  },
};

function pushesImages({ steps }: JobRun): boolean {
  return steps.some(({ operations }) => operations.some(({ kind }) => kind === "build"));
}

/** An output that a build did not set is empty. */
function readsOutputs({ node }: JobRun, { key }: JobRun): boolean {
  const written = node.file.text.slice(node.start, node.end);
  return written.includes(`needs.${key.file.text.slice(key.start, key.end)}.outputs`);
}

/** Whether its rows take different artifacts. */
function mergesImageByImage(job: JobRun, jobs: readonly JobRun[]): boolean {
  const taken = jobs.filter(({ key }) => key === job.key).map(artifactsOf);
  const fromMatrix = isUnknown(job.matrix) && taken.some((text) => /\bmatrix\b/.test(text));
  return fromMatrix || new Set(taken).size > 1;
}

function artifactsOf({ steps }: JobRun): string {
  return steps
    .flatMap(({ operations }) => operations)
    .flatMap((operation) => (operation.kind === "download" ? [operation] : []))
    .map(({ name, pattern }) => (pattern ?? name)?.value.text ?? "")
    .join(" ");
}

function rowsOf(job: JobRun, jobs: readonly JobRun[]): number {
  if (isUnknown(job.matrix)) return Number.POSITIVE_INFINITY;
  return jobs.filter(({ key }) => key === job.key).length;
}
