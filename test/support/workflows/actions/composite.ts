import { mapping, text } from "../document/values.ts";
import { stepsOf } from "../document/workflow.ts";
import { WorkflowError } from "../errors.ts";
import { interpolate } from "../expressions/evaluate.ts";
import type { Frame, RunSteps, StepRun } from "../steps/running-job.ts";
import { stepScope } from "../steps/scope.ts";
import type { ActionFile } from "./find-action.ts";

/** Runs a composite action's steps in a frame of their own: their status and ids are not the job's. */
export async function runComposite(
  step: StepRun,
  action: ActionFile,
  inputs: Readonly<Record<string, string>>,
  runSteps: RunSteps,
): Promise<number> {
  const { job } = step;
  const steps = stepsOf(action.runs["steps"]);
  if (steps.some(({ run, shell }) => run !== undefined && shell === undefined)) {
    throw new WorkflowError(`${action.folder}: a run step of a composite action needs a shell`);
  }
  const frame: Frame = {
    results: {},
    failed: false,
    inputs,
    actionFolder: action.folder,
    env: step.env,
  };
  await runSteps(job, frame, steps);
  const scope = stepScope(job, frame);
  for (const [name, output] of Object.entries(action.outputs)) {
    step.outputs[name] = text(interpolate(mapping(output)["value"], scope)) ?? "";
  }
  return frame.failed ? 1 : 0;
}
