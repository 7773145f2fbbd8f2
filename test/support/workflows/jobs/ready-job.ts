import { mapping } from "../document/values.ts";
import type { Job } from "../document/workflow.ts";
import { type Scope, condition, interpolate, interpolateText } from "../expressions/evaluate.ts";
import type { CalledWorkflow } from "./called.ts";
import { githubContext } from "./contexts.ts";
import type { JobInstance } from "./job-instance.ts";
import { expandMatrix, matrixName } from "./matrix.ts";
import { type Outcomes, needsContext, statusFunctions } from "./needs.ts";

/** A job whose needs have ended. */
export interface ReadyJob {
  readonly called: CalledWorkflow;
  readonly job: Job;
  readonly ancestors: readonly string[];
  readonly outcomes: Outcomes;
  /** In a re-run: a job that it needs ran again. */
  readonly again: boolean;
}

/** What the expressions of a job can use before it has a matrix and a machine. */
export function jobScope({ called, job, ancestors, outcomes }: ReadyJob): Scope {
  const { run, inputs } = called;
  return {
    contexts: {
      github: githubContext(run, called.workflow),
      needs: needsContext(job.needs, outcomes),
      vars: run.options.vars ?? {},
      inputs,
    },
    functions: statusFunctions(ancestors, outcomes, run.cancellation.signal.aborted),
  };
}

/** The jobs that a job makes: one, or one for each combination of its matrix. */
export function instancesOf(
  ready: ReadyJob,
  id: string,
  contexts: Scope["contexts"],
): readonly JobInstance[] {
  const { called, job } = ready;
  const strategy = mapping(interpolate(job.strategy, { contexts }));
  const combinations = expandMatrix(strategy["matrix"]);
  return combinations.map((matrix, at) => {
    const own = {
      ...contexts,
      matrix,
      strategy: {
        "fail-fast": strategy["fail-fast"] ?? true,
        "job-index": at,
        "job-total": combinations.length,
        "max-parallel": strategy["max-parallel"] ?? combinations.length,
      },
    };
    const name =
      job.name === undefined
        ? matrixName(job.id, matrix)
        : interpolateText(job.name, { contexts: own });
    return {
      job,
      id,
      name: `${called.caller?.namePrefix ?? ""}${name}`,
      matrix,
      contexts: own,
      survivesCancel: () => condition(job.if, jobScope(ready)),
    };
  });
}
