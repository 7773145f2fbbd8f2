import type { GitlabConfig } from "../../lint/gitlab/config/jobs.ts";
import type { Build, Operation } from "../../lint/model/operation.ts";
import type { JobRun } from "../../lint/model/pipeline.ts";
import { imageOutputs, pushes } from "../../lint/rules/support/images/pushes.ts";
import { at } from "../../lint/yaml/node.ts";
import type { OldRun } from "../migrate-runs.ts";
import type { Notes } from "../notes.ts";

/** Whether a job pushes images with tags, or merges some. */
export function publishes(job: JobRun): boolean {
  return operationsIn(job).some((operation) => {
    if (operation.kind === "merge") return operation.tags.length > 0;
    return operation.kind === "push" || (operation.kind === "build" && pushesTags(operation));
  });
}

function pushesTags(build: Build): boolean {
  if (build.push === true && build.tags.length > 0) return true;
  return imageOutputs(build).some(
    ({ byDigest, names }) => byDigest !== true && names.length > 0 && pushes(build) === true,
  );
}

/** Reports jobs that are made for schedules: those are settings of the project. */
export function reportSchedules(runs: readonly OldRun[], lost: Notes): void {
  const scheduled = runs
    .filter(({ event }) => event.kind === "schedule")
    .flatMap(({ jobs }) => jobs.filter(publishes));
  for (const job of scheduled) {
    const conditions = ["rules", "only"].flatMap((key) => at(job.node, key) ?? []);
    const named = conditions.find(({ file, start, end }) =>
      /\bschedules?\b/.test(file.text.slice(start, end)),
    );
    if (named === undefined) continue;
    lost.add(
      named,
      `the job ${job.id} runs on schedules, which are set in the project`,
      "set the variable LAYERKEEP_RUN of its schedule to stale, or to refresh if the config has a refresh argument",
    );
  }
}

/** Reports that kaniko's jobs need another kind of runner from now on. */
export function reportKaniko(runs: readonly OldRun[], lost: Notes): void {
  for (const job of runs.flatMap(({ jobs }) => jobs)) {
    for (const operation of operationsIn(job)) {
      if (operation.kind !== "build" || operation.tool !== "kaniko") continue;
      lost.add(
        operation.span,
        "kaniko does not need a privileged runner, but BuildKit in the service docker:dind does",
        "run the new jobs on privileged runners, or on runners with an engine of their own: `layerkeep ci gitlab --service none`",
      );
    }
  }
}

/** Jobs of the generated pipeline: GitLab would merge those of the same name. */
const generated = new Set([
  ...["plan", "images", "plan-merge-request", "images-merge-request", "prune"],
]);

export function reportNames({ jobs }: GitlabConfig, lost: Notes): void {
  for (const { name, key } of jobs) {
    if (!generated.has(name)) continue;
    lost.add(
      key,
      `the new pipeline also has a job named ${name}`,
      "rename the old job before you include the new pipeline",
    );
  }
}

function operationsIn({ steps }: JobRun): readonly Operation[] {
  return steps.flatMap(({ operations }) => operations);
}
