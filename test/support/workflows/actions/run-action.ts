import { mapping, text } from "../document/values.ts";
import { WorkflowError } from "../errors.ts";
import { interpolate } from "../expressions/evaluate.ts";
import { textEnv } from "../steps/environment.ts";
import type { RunSteps, StepRun } from "../steps/running-job.ts";
import { stepScope } from "../steps/scope.ts";
import { runComposite } from "./composite.ts";
import { type ActionFile, findAction } from "./find-action.ts";
import { annotate } from "../steps/execute.ts";
import { runJavaScript } from "./javascript.ts";
import { runStandIn } from "./run-stand-in.ts";

/** Runs a step's action; gives its exit code. */
export async function runAction(step: StepRun, runSteps: RunSteps): Promise<number> {
  const { job, frame } = step;
  const action = findAction(job, step.step.uses ?? "");
  const given = textEnv(interpolate(step.step.with, stepScope(job, frame, step.env)));
  if ("standIn" in action) return runStandIn(step, action, given);
  const inputs = inputsOf(step, action, given);
  const using = text(action.runs["using"]) ?? "";
  if (using === "composite") return runComposite(step, action, inputs, runSteps);
  if (/^node(20|24)$/.test(using)) return runJavaScript(step, action, inputs);
  throw new WorkflowError(`${action.folder}: this runner does not know runs.using: ${using}`);
}

/** What the step gives, and the defaults of the rest. An unexpected input is a warning. */
function inputsOf(
  step: StepRun,
  action: ActionFile,
  given: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const unexpected = Object.keys(given).filter((name) => !(name in action.inputs));
  if (unexpected.length > 0) {
    const message = `Unexpected input(s) '${unexpected.join("', '")}'`;
    annotate(step, { level: "warning", message });
  }
  const scope = stepScope(step.job, step.frame, step.env);
  const inputs: Record<string, string> = {};
  for (const [name, input] of Object.entries(action.inputs)) {
    const fallback = text(interpolate(mapping(input)["default"], scope));
    if (fallback !== undefined) inputs[name] = fallback;
  }
  return { ...inputs, ...given };
}
