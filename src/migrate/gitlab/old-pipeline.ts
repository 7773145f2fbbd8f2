import type { GitlabConfig } from "../../lint/gitlab/config/jobs.ts";
import { at, textOf } from "../../lint/yaml/node.ts";
import type { OldRun } from "../migrate-runs.ts";
import { replacedJobs } from "../old/leftovers.ts";

/** What a new pipeline needs to know of the old one that it is included in. */
export interface OldPipeline {
  /** A stage that the old one has, for the new jobs. */
  readonly stage: string;
  /** The names of the jobs that the new ones replace. */
  readonly replaced: readonly string[];
}

export function oldPipeline({ stages }: GitlabConfig, runs: readonly OldRun[]): OldPipeline {
  const jobs = replacedJobs(runs);
  // `.pre` and `.post` alone are no pipeline.
  const [own] = jobs
    .map(({ node }) => textOf(at(node, "stage")) ?? "")
    .filter((stage) => stages.includes(stage) && !stage.startsWith("."));
  const [usual] = ["build", ...stages.filter((stage) => !stage.startsWith("."))].filter((stage) =>
    stages.includes(stage),
  );
  return {
    stage: own ?? usual ?? "build",
    replaced: [...new Set(jobs.map(({ id }) => id))],
  };
}
