import { holds } from "../../expressions/evaluate.ts";
import type { Scope } from "../../expressions/scope.ts";
import {
  both,
  isList,
  isUnknown,
  textOfValue,
  type Tri,
  type Unknown,
  type Value,
} from "../../expressions/value.ts";
import type { JobRun } from "../../model/pipeline.ts";
import { at, itemsOf, type Node } from "../../yaml/node.ts";
import { cacheModeOf } from "../cache-mode.ts";
import { calledJobs, neededBy } from "./called-jobs.ts";
import { jobScope, valueIn, withEnv, withRunner } from "../contexts.ts";
import { machineOf } from "./machine.ts";
import { matrixRows, type Row } from "../matrix/matrix.ts";
import { readSteps } from "../steps/read-steps.ts";
import { checkoutsIn } from "../steps/use-in.ts";
import { repositoryIn } from "../../model/checkouts.ts";
import type { JobsSetting } from "./jobs-setting.ts";
import type { Job, Workflow } from "../workflow.ts";

/** The jobs of a run, but those that are certainly skipped. */
export function readJobs(workflow: Workflow, setting: JobsSetting): readonly JobRun[] {
  const conditions = conditionsOf(workflow, setting);
  return workflow.jobs.flatMap((job) => {
    const runs = both(setting.within, conditions.get(job.id));
    if (runs === false) return [];
    const rows = matrixRows(job.strategy, () => scopeBefore(job, workflow, setting));
    const all: readonly (Row | Unknown)[] = isUnknown(rows) ? [rows] : rows;
    return all.flatMap((matrix) => {
      setting.budget.spend(1);
      const scope = withEnv(scopeOf(job, setting, matrix), [...workflow.env, ...job.env]);
      const ownMode = job.cacheMode ?? workflow.cacheMode;
      const cacheMode = cacheModeOf(ownMode, setting.cacheMode, scope);
      const rows = isUnknown(matrix) ? matrix : setting.rows;
      const inner = { ...setting, within: runs, cacheMode, rows };
      return job.uses === undefined
        ? [jobRun(job, matrix, inner, scope)]
        : calledJobs(job, matrix, inner, scope, readJobs);
    });
  });
}

/** A longer chain of jobs is not followed. */
const longestChain = 500;

/**
 * Whether each job runs, by its id. A skipped job skips those that need it, unless their condition
 * calls a status function.
 */
function conditionsOf(workflow: Workflow, setting: JobsSetting): ReadonlyMap<string, Tri> {
  const jobs = new Map(workflow.jobs.map((job) => [job.id, job]));
  const known = new Map<string, Tri>();
  const conditionOf = (id: string, depth = 0): Tri => {
    const job = jobs.get(id);
    if (job === undefined || known.has(id) || depth > longestChain) return known.get(id);
    // Of jobs that need each other, none can be told; GitHub refuses them.
    known.set(id, undefined);
    const text = job.if?.text ?? "";
    const own = job.if === undefined ? true : holds(text, scopeBefore(job, workflow, setting));
    const needed = hasStatusFunction(text)
      ? true
      : job.needs.map((need) => conditionOf(need.text ?? "", depth + 1)).reduce(both, true);
    known.set(id, both(own, needed));
    return known.get(id);
  };
  for (const { id } of workflow.jobs) conditionOf(id);
  return known;
}

/** Without one, GitHub adds `success() &&` to a condition. */
function hasStatusFunction(condition: string): boolean {
  return /\b(?:always|cancelled|failure)\s*\(/.test(condition);
}

/** What a job's condition and its matrix are evaluated in. */
function scopeBefore(job: Job, workflow: Workflow, setting: JobsSetting): Scope {
  return withEnv(scopeOf(job, setting, {}), workflow.env);
}

function scopeOf({ id }: Job, { scenario, inputs }: JobsSetting, matrix: Row | Unknown): Scope {
  return jobScope(scenario, id, inputs, matrix);
}

function jobRun(job: Job, matrix: Row | Unknown, setting: JobsSetting, scope: Scope): JobRun {
  const { repository, prefix, within, cacheMode, rows, budget } = setting;
  const runner = labelsOf(job.runsOn, scope);
  const { steps, opaque } = readSteps(job.steps, {
    repository: repositoryIn(repository, checkoutsIn(job.steps, scope)),
    scope: withRunner(scope, machineOf(runner)),
    defaults: job.defaults,
    windows: runner.some(({ text }) => /^windows\b/i.test(text)),
    within: true,
    depth: 0,
    budget,
  });
  return {
    id: `${prefix}${job.id}`,
    matrix: rows ?? matrix,
    runs: within,
    key: job.key,
    node: job.node,
    needs: neededBy(job, setting),
    runner,
    cacheMode,
    // What they do is shared; each step is one of its job, also if an action is used twice.
    steps: steps.map((step) => ({ ...step })),
    opaque,
  };
}

/** `runs-on` is a label, a list of labels, or a map with `labels` and `group`. */
function labelsOf(runsOn: Node | undefined, scope: Scope): JobRun["runner"] {
  const labels = runsOn?.kind === "map" ? at(runsOn, "labels") : runsOn;
  if (labels === undefined) return [];
  const nodes = labels.kind === "list" ? itemsOf(labels) : [labels];
  return nodes.flatMap((node) => labelsIn(valueIn(node, scope)));
}

/** An expression may give any of these forms, too. */
function labelsIn(value: Value): JobRun["runner"] {
  if (value === null) return [];
  if (isUnknown(value) || typeof value !== "object") return [textOfValue(value)];
  return isList(value) ? value.flatMap(labelsIn) : labelsIn(value["labels"] ?? null);
}
