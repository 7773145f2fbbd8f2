import type { Workflow } from "../document/workflow.ts";
import type { Result } from "../record.ts";
import type { Scope } from "../expressions/evaluate.ts";

/** A job as the jobs that need it see it: all of its matrix, all of the workflow that it calls. */
export interface JobOutcome {
  readonly result: Result;
  readonly outputs: Readonly<Record<string, string>>;
}

export type Outcomes = ReadonlyMap<string, JobOutcome>;

/** All jobs that a job needs, directly or not. */
export function ancestorsOf(workflow: Workflow, id: string): readonly string[] {
  const found = new Set<string>();
  const visit = (of: string): void => {
    for (const need of workflow.jobs.find((job) => job.id === of)?.needs ?? []) {
      if (found.has(need)) continue;
      found.add(need);
      visit(need);
    }
  };
  visit(id);
  return [...found];
}

/**
 * The status functions in a job's `if`. `success()` asks all ancestors: one that was skipped
 * anywhere up the chain skips all jobs after it ("jobs.<job_id>.needs", actions/runner#2205).
 */
export function statusFunctions(
  ancestors: readonly string[],
  outcomes: Outcomes,
  cancelled: boolean,
): NonNullable<Scope["functions"]> {
  const results = ancestors.map((id) => outcomes.get(id)?.result);
  return {
    success: () => !cancelled && results.every((result) => result === "success"),
    failure: () => !cancelled && results.includes("failure"),
    cancelled: () => cancelled,
    always: () => true,
  };
}

/** The `needs` context: only the jobs that are named. */
export function needsContext(needs: readonly string[], outcomes: Outcomes): object {
  return Object.fromEntries(needs.map((id) => [id, outcomes.get(id)]));
}

/** The outputs of a matrix's jobs: the last one that set a value wins. */
export function mergeOutputs(
  outputs: readonly Readonly<Record<string, string>>[],
): Readonly<Record<string, string>> {
  const merged: Record<string, string> = {};
  for (const [name, value] of outputs.flatMap((of) => Object.entries(of))) {
    if (value !== "" || !(name in merged)) merged[name] = value;
  }
  return merged;
}
