import { type Mapping, texts } from "../document/values.ts";
import type { Job } from "../document/workflow.ts";
import { interpolate } from "../expressions/evaluate.ts";
import type { JobRecord, Result } from "../record.ts";
import type { CalledWorkflow } from "./called.ts";
import { cacheGrantOf, grantedTo } from "./granted.ts";

/** One job of a matrix, or a job without one. */
export interface JobInstance {
  readonly job: Job;
  readonly id: string;
  readonly name: string;
  readonly matrix: Mapping;
  /** `github`, `needs`, `strategy`, `matrix`, `vars` and `inputs`. */
  readonly contexts: Readonly<Record<string, unknown>>;
  /** Whether the job's `if` holds although the run was cancelled. */
  readonly survivesCancel: () => boolean;
}

/** What is known of a job before it runs. */
export function describe(
  called: CalledWorkflow,
  { job, contexts, ...instance }: JobInstance,
): Omit<JobRecord, "result" | "conclusion"> {
  const scope = { contexts };
  return {
    ...unknownJob(called, instance),
    runsOn: texts(interpolate(job.runsOn, scope)),
    permissions: grantedTo(called, job),
    cacheMode: cacheGrantOf(called, job).mode,
    concurrency: interpolate(job.concurrency, scope),
    timeoutMinutes: interpolate(job.timeoutMinutes, scope),
  };
}

/** The record of a job that never ran. An error is why GitHub could not run it. */
export function notRun(
  called: CalledWorkflow,
  instance: Pick<JobInstance, "id" | "name" | "matrix">,
  result: Result,
  error?: string,
): JobRecord {
  const annotations = error === undefined ? [] : [{ level: "error", message: error } as const];
  return { ...unknownJob(called, instance), annotations, result, conclusion: result };
}

function unknownJob(
  { run }: CalledWorkflow,
  { id, name, matrix }: Pick<JobInstance, "id" | "name" | "matrix">,
): Omit<JobRecord, "result" | "conclusion"> {
  return {
    id,
    name,
    matrix,
    runsOn: [],
    permissions: {},
    cacheMode: "none",
    concurrency: undefined,
    timeoutMinutes: undefined,
    steps: [],
    outputs: {},
    annotations: [],
    summary: "",
    log: "",
    attempt: run.attempt,
  };
}
