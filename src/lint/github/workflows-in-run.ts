import type { Scope } from "../expressions/scope.ts";
import { Unknown } from "../expressions/value.ts";
import type { Repository } from "../files/repository.ts";
import type { JobRun } from "../model/pipeline.ts";
import { calledWorkflow, inputsOf } from "./jobs/called-jobs.ts";
import { jobScope } from "./contexts.ts";
import type { Row } from "./matrix/matrix.ts";
import type { Scenario } from "./events/scenarios.ts";
import type { Job, Workflow } from "./workflow.ts";

/** A run: what started it, and its jobs. */
export interface Run {
  readonly scenario: Scenario;
  readonly repository: Repository;
  readonly jobs: readonly JobRun[];
}

/** A workflow of a run: the one that was started, or one that a job calls. */
export interface WorkflowInRun {
  readonly workflow: Workflow;
  /** The job that calls it. */
  readonly caller: string | undefined;
  /** The jobs that run, by the id that they have in the run. */
  readonly jobs: ReadonlyMap<string, Job>;
  /** What expressions can read. */
  readonly scopeOf: (jobId: string, matrix: Row | Unknown) => Scope;
}

/** The workflow that was started, and those that its jobs call. */
export function workflowsInRun(workflow: Workflow, run: Run): readonly WorkflowInRun[] {
  const ids = new Set(run.jobs.flatMap(({ id }) => withCallers(id)));
  const read = (
    one: Workflow,
    inputs: Row | undefined,
    callers: readonly string[],
  ): readonly WorkflowInRun[] => {
    const jobs = new Map(
      one.jobs.flatMap((job) => {
        const id = [...callers, job.id].join(" / ");
        return ids.has(id) ? [[id, job] as const] : [];
      }),
    );
    const scopeOf = (id: string, matrix: Row | Unknown): Scope =>
      jobScope(run.scenario, id, inputs, matrix);
    const called = [...jobs.values()].flatMap((job) => {
      const other = calledWorkflow(job, run.repository, callers.length);
      if (other === undefined) return [];
      const given = inputsOf(other, job, scopeOf(job.id, new Unknown("matrix", "job")));
      return read(other, given, [...callers, job.id]);
    });
    const caller = callers.length === 0 ? undefined : callers.join(" / ");
    return [{ workflow: one, caller, jobs, scopeOf }, ...called];
  };
  return read(workflow, run.scenario.inputs ? undefined : {}, []);
}

/** `a`, `a / b` and `a / b / c` for the last one. */
function withCallers(id: string): readonly string[] {
  const parts = id.split(" / ");
  return parts.map((_, at) => parts.slice(0, at + 1).join(" / "));
}
