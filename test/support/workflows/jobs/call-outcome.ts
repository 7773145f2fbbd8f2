import { mapping, text } from "../document/values.ts";
import { interpolate } from "../expressions/evaluate.ts";
import { worstOf } from "../record.ts";
import type { CalledWorkflow } from "./called.ts";
import { githubContext } from "./contexts.ts";
import type { JobOutcome, Outcomes } from "./needs.ts";

/** What the caller's `needs` see of a called workflow: its worst result, and its outputs. */
export function outcomeOfCall(
  { run, workflow, inputs }: CalledWorkflow,
  jobs: Outcomes,
): JobOutcome {
  const contexts = {
    github: githubContext(run, workflow),
    jobs: Object.fromEntries(jobs),
    vars: run.options.vars ?? {},
    inputs,
  };
  const declared = mapping(mapping(workflow.on["workflow_call"])["outputs"]);
  const outputs = Object.entries(declared).map(([name, output]) => {
    return [name, text(interpolate(mapping(output)["value"], { contexts })) ?? ""] as const;
  });
  const result = worstOf([...jobs.values()].map((job) => job.result));
  return { result, outputs: Object.fromEntries(outputs) };
}
