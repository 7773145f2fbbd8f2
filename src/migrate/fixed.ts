import type { Finding } from "../lint/finding.ts";
import { lintPipeline } from "../lint/lint.ts";
import type { JobRun, Pipeline } from "../lint/model/pipeline.ts";
import { allRules } from "../lint/rules/all-rules.ts";
import type { Note } from "./notes.ts";

/** The faults that are gone with the old files: all but those in jobs that are kept. */
export function fixedFindings(
  pipelines: readonly Pipeline[],
  jobs: readonly JobRun[],
  lost: readonly Note[],
): readonly Finding[] {
  const kept = jobs.filter(({ key }) =>
    lost.some(({ span }) => span.file === key.file && span.start === key.start),
  );
  return pipelines.flatMap((pipeline) =>
    lintPipeline(pipeline, allRules).findings.filter(
      ({ span }) =>
        !kept.some(
          ({ key, node }) =>
            span.file === key.file && span.start >= key.start && span.end <= node.end,
        ),
    ),
  );
}
