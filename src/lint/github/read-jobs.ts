import { holds, type Scope } from "../expressions/evaluate.ts";
import { isUnknown, textOfValue, type Unknown, both } from "../expressions/value.ts";
import type { JobRun } from "../model/pipeline.ts";
import { at, itemsOf, type Node } from "../yaml/node.ts";
import { cacheModeOf } from "./cache-mode.ts";
import { calledJobs } from "./called-jobs.ts";
import { jobScope, valueIn, withEnv } from "./contexts.ts";
import { matrixRows, type Row } from "./matrix.ts";
import { readSteps } from "./read-steps.ts";
import type { JobsSetting } from "./jobs-setting.ts";
import type { Job, Workflow } from "./workflow.ts";

/** The jobs of a run, but those that are certainly skipped. */
export function readJobs(workflow: Workflow, setting: JobsSetting): readonly JobRun[] {
  return workflow.jobs.flatMap((job) => {
    const before = withEnv(scopeOf(job, setting, {}), workflow.env);
    const condition = job.if === undefined ? true : holds(job.if.text ?? "", before);
    const runs = both(setting.within, condition);
    if (runs === false) return [];
    const rows = matrixRows(job.matrix, before);
    const all: readonly (Row | Unknown)[] = isUnknown(rows) ? [rows] : rows;
    return all.flatMap((matrix) => {
      const scope = withEnv(scopeOf(job, setting, matrix), [...workflow.env, ...job.env]);
      const ownMode = job.cacheMode ?? workflow.cacheMode;
      const cacheMode = cacheModeOf(ownMode, setting.cacheMode, scope);
      const inner = { ...setting, within: runs, cacheMode };
      return job.uses === undefined
        ? [jobRun(job, matrix, inner, scope)]
        : calledJobs(job, matrix, inner, scope, readJobs);
    });
  });
}

function scopeOf({ id }: Job, { scenario, inputs }: JobsSetting, matrix: Row | Unknown): Scope {
  return jobScope(scenario, id, inputs, matrix);
}

function jobRun(
  job: Job,
  matrix: Row | Unknown,
  { repository, prefix, within, cacheMode }: JobsSetting,
  scope: Scope,
): JobRun {
  const { steps, opaque } = readSteps(job.steps, { repository, scope, within: true, depth: 0 });
  return {
    id: `${prefix}${job.id}`,
    matrix,
    runs: within,
    key: job.key,
    node: job.node,
    needs: job.needs.map(({ text }) => `${prefix}${text ?? ""}`),
    runner: labelsOf(job.runsOn, scope),
    cacheMode,
    steps,
    opaque,
  };
}

/** `runs-on` is a label, a list of labels, or a map with `labels` and `group`. */
function labelsOf(runsOn: Node | undefined, scope: Scope): JobRun["runner"] {
  if (runsOn === undefined) return [];
  const labels = runsOn.kind === "map" ? at(runsOn, "labels") : runsOn;
  if (labels === undefined) return [];
  const nodes = labels.kind === "list" ? itemsOf(labels) : [labels];
  return nodes.map((node) => textOfValue(valueIn(node, scope)));
}
