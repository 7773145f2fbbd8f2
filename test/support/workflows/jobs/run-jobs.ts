import { isDeepStrictEqual } from "node:util";
import { mapping, text } from "../document/values.ts";
import { WorkflowError } from "../errors.ts";
import { condition } from "../expressions/evaluate.ts";
import { type JobRecord, worstOf } from "../record.ts";
import { outcomeOfCall } from "./call-outcome.ts";
import { callWorkflow } from "./call-workflow.ts";
import type { CalledWorkflow } from "./called.ts";
import { type JobInstance, notRun } from "./job-instance.ts";
import { type JobOutcome, type Outcomes, ancestorsOf, mergeOutputs } from "./needs.ts";
import { type ReadyJob, instancesOf, jobScope } from "./ready-job.ts";
import { runJob } from "./run-job.ts";

/**
 * Runs a workflow's jobs one after the other, each after those that it needs. Jobs never run at the
 * same time, so a run is the same each time. `max-parallel` and `concurrency` change nothing.
 */
export async function runJobs(called: CalledWorkflow): Promise<Outcomes> {
  const { jobs } = called.workflow;
  const outcomes = new Map<string, JobOutcome>();
  const ranAgain = new Set<string>();
  while (outcomes.size < jobs.length) {
    const ready = jobs.find(
      ({ id, needs }) => !outcomes.has(id) && needs.every((need) => outcomes.has(need)),
    );
    if (ready === undefined) throw new WorkflowError("the jobs need each other in a circle");
    const ancestors = ancestorsOf(called.workflow, ready.id);
    const again = called.caller?.runAgain === true || ancestors.some((id) => ranAgain.has(id));
    const before = called.run.jobs.length;
    outcomes.set(ready.id, await runReady({ called, job: ready, ancestors, outcomes, again }));
    const records = called.run.jobs.slice(before);
    if (records.some(({ attempt }) => attempt === called.run.attempt)) ranAgain.add(ready.id);
  }
  return outcomes;
}

async function runReady(ready: ReadyJob): Promise<JobOutcome> {
  const { called, job } = ready;
  const { idPrefix = "", namePrefix = "" } = called.caller ?? {};
  const whole = { id: `${idPrefix}${job.id}`, name: `${namePrefix}${job.id}`, matrix: {} };
  const skipped = ready.again ? undefined : earlierRecord(called, whole);
  if (skipped?.result === "skipped") return keep(called, skipped);
  try {
    const scope = jobScope(ready);
    if (!condition(job.if, scope)) {
      const name = `${namePrefix}${job.name ?? job.id}`;
      return keep(called, notRun(called, { ...whole, name }, "skipped"));
    }
    return await runInstances(ready, instancesOf(ready, whole.id, scope.contexts));
  } catch (error) {
    if (!(error instanceof WorkflowError)) throw error;
    return keep(called, notRun(called, whole, "failure", error.message));
  }
}

async function runInstances(
  ready: ReadyJob,
  instances: readonly JobInstance[],
): Promise<JobOutcome> {
  const { called } = ready;
  const outcomes: JobOutcome[] = [];
  let failedFast = false;
  for (const instance of instances) {
    const cancelled = called.run.cancellation.signal.aborted && !instance.survivesCancel();
    const outcome =
      failedFast || cancelled
        ? keep(called, notRun(called, instance, "cancelled"))
        : await runInstance(ready, instance);
    outcomes.push(outcome);
    const failFast = text(mapping(instance.contexts["strategy"])["fail-fast"]) !== "false";
    if (outcome.result === "failure" && failFast) failedFast = true;
  }
  return {
    result: worstOf(outcomes.map(({ result }) => result)),
    outputs: mergeOutputs(outcomes.map(({ outputs }) => outputs)),
  };
}

async function runInstance(
  { called, job, again }: ReadyJob,
  instance: JobInstance,
): Promise<JobOutcome> {
  const earlier = again ? undefined : earlierRecord(called, instance);
  if (earlier?.result === "success") return keep(called, earlier);
  try {
    if (job.uses === undefined) return keep(called, await runJob(called, instance));
    const inner = await callWorkflow(called, instance, again);
    return outcomeOfCall(inner, await runJobs(inner));
  } catch (error) {
    if (!(error instanceof WorkflowError)) throw error;
    return keep(called, notRun(called, instance, "failure", error.message));
  }
}

/** The job's record of the attempt before this one. */
function earlierRecord(
  { run }: CalledWorkflow,
  { id, matrix }: Pick<JobInstance, "id" | "matrix">,
): JobRecord | undefined {
  return run.earlier?.jobs.find((job) => job.id === id && isDeepStrictEqual(job.matrix, matrix));
}

function keep({ run }: CalledWorkflow, record: JobRecord): JobOutcome {
  run.jobs.push(record);
  return { result: record.conclusion, outputs: record.outputs };
}
