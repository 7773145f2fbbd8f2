import type { Step } from "../document/workflow.ts";
import { text } from "../document/values.ts";
import { condition, interpolate, interpolateText } from "../expressions/evaluate.ts";
import { runAction } from "../actions/run-action.ts";
import type { Result, StepRecord } from "../record.ts";
import { textEnv } from "./environment.ts";
import { tellMoment } from "./moments.ts";
import { runCommand } from "./run-command.ts";
import type { Frame, RunningJob, StepRun } from "./running-job.ts";
import { stepScope } from "./scope.ts";

/** Runs steps one after the other. A failed one lets the next run only if its `if` says so. */
export async function runSteps(
  job: RunningJob,
  frame: Frame,
  steps: readonly Step[],
): Promise<readonly StepRecord[]> {
  const records: StepRecord[] = [];
  for (const step of steps) {
    const record = await runStep(job, frame, step);
    records.push(record);
    if (step.id !== undefined) frame.results[step.id] = record;
    if (record.conclusion === "failure") frame.failed = true;
  }
  return records;
}

async function runStep(job: RunningJob, frame: Frame, step: Step): Promise<StepRecord> {
  let name = step.name ?? step.uses ?? `Run ${step.run?.trim().split("\n")[0] ?? ""}`;
  const outputs: Record<string, string> = {};
  const record = (outcome: Result, conclusion = outcome): StepRecord => {
    return { id: step.id, name, outcome, conclusion, outputs };
  };
  let tolerated = false;
  try {
    const env = { ...frame.env, ...textEnv(interpolate(step.env, stepScope(job, frame))) };
    const scope = stepScope(job, frame, env);
    name = interpolateText(name, scope);
    tolerated = text(interpolate(step.continueOnError, scope)) === "true";
    if (!condition(step.if, scope)) return record("skipped");
    const run = { job, frame, step, name, env, outputs, state: {} };
    const outcome = await perform(run, () => condition(step.if, stepScope(job, frame, env)));
    return record(outcome, outcome === "failure" && tolerated ? "success" : outcome);
  } catch (error) {
    fail(job, error);
    return record("failure", tolerated ? "success" : "failure");
  }
}

/** Runs a step or an action's end. When the job is cancelled, it may go on if its `if` still holds. */
async function perform(
  run: Omit<StepRun, "cancellation">,
  mayGoOn: () => boolean,
): Promise<Result> {
  const { job, name, step } = run;
  const controller = new AbortController();
  const onCancel = (): void => {
    if (!mayGoOn()) controller.abort();
  };
  job.cancellation.addEventListener("abort", onCancel, { once: true });
  try {
    job.log.push(`##[group]${name}`);
    tellMoment(job, name, undefined);
    const full = { ...run, cancellation: controller.signal };
    const exitCode =
      step.uses === undefined ? await runCommand(full) : await runAction(full, runSteps);
    if (controller.signal.aborted) return "cancelled";
    return exitCode === 0 ? "success" : "failure";
  } finally {
    job.cancellation.removeEventListener("abort", onCancel);
  }
}

/** Runs what actions left for the end of the job, last in first out. */
export async function runPosts(job: RunningJob, frame: Frame): Promise<readonly StepRecord[]> {
  const records: StepRecord[] = [];
  for (let post = job.posts.pop(); post !== undefined; post = job.posts.pop()) {
    const { if: postIf, name, run } = post;
    if (!condition(postIf, stepScope(job, frame))) continue;
    let outcome: Result = "success";
    try {
      job.log.push(`##[group]${name}`);
      await run();
    } catch (error) {
      fail(job, error);
      frame.failed = true;
      outcome = "failure";
    }
    records.push({ id: undefined, name, outcome, conclusion: outcome, outputs: {} });
  }
  return records;
}

function fail(job: RunningJob, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  job.annotations.push({ level: "error", message: job.masks.hide(message) });
}
