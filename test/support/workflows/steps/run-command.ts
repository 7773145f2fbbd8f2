import { join } from "node:path";
import { text } from "../document/values.ts";
import { interpolateText } from "../expressions/evaluate.ts";
import { executeForStep } from "./execute.ts";
import { processEnv } from "./environment.ts";
import type { StepRun } from "./running-job.ts";
import { stepScope } from "./scope.ts";
import { shellCommand } from "./shell.ts";

/** Runs a `run` step; gives its exit code. */
export async function runCommand(step: StepRun): Promise<number> {
  const { job, frame } = step;
  const scope = stepScope(job, frame, step.env);
  const evaluated = (value: string | undefined): string | undefined =>
    value === undefined ? undefined : text(interpolateText(value, scope));
  const inComposite = frame.actionFolder !== undefined;
  const shell = evaluated(step.step.shell ?? (inComposite ? undefined : job.shell));
  const folder = evaluated(step.step.workingDirectory ?? (inComposite ? "" : job.workingDirectory));
  const script = evaluated(step.step.run) ?? "";
  const exitCode = await executeForStep(step, {
    ...shellCommand(script, shell, job.temp),
    cwd: join(job.workspace, folder ?? ""),
    env: {
      ...processEnv(job, step.env),
      ...(frame.actionFolder === undefined ? {} : { GITHUB_ACTION_PATH: frame.actionFolder }),
    },
  });
  if (exitCode !== 0 && !step.cancellation.aborted) {
    const message = `Process completed with exit code ${exitCode}.`;
    job.annotations.push({ level: "error", message });
  }
  return exitCode;
}
