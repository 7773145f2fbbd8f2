import { join } from "node:path";
import { text } from "../document/values.ts";
import { WorkflowError } from "../errors.ts";
import { condition } from "../expressions/evaluate.ts";
import { processEnv } from "../steps/environment.ts";
import { executeForStep } from "../steps/execute.ts";
import type { StepRun } from "../steps/running-job.ts";
import { stepScope } from "../steps/scope.ts";
import type { ActionFile } from "./find-action.ts";

/**
 * Runs a JavaScript action by this process's Node, as `action.yml` says, and leaves its `post` for
 * the job's end, where the cancellation of the step does not reach it. GitHub runs `pre` before the
 * job's first step, here it runs just before `main`.
 */
export async function runJavaScript(
  step: StepRun,
  action: ActionFile,
  inputs: Readonly<Record<string, string>>,
): Promise<number> {
  const { job, frame } = step;
  const { main, pre, post, "pre-if": preIf, "post-if": postIf } = action.runs;
  const execute = (script: unknown, cancellation = step.cancellation): Promise<number> =>
    executeForStep(
      { ...step, cancellation },
      {
        file: process.execPath,
        args: [join(action.folder, text(script) ?? "")],
        cwd: job.workspace,
        env: {
          ...processEnv(job, step.env),
          ...job.actionEnv,
          ...inputEnv(inputs),
          ...state(step),
        },
      },
    );
  if (pre !== undefined && condition(text(preIf) ?? "always()", stepScope(job, frame))) {
    const exitCode = await execute(pre);
    if (exitCode !== 0) return exitCode;
  }
  if (post !== undefined) {
    job.posts.push({
      name: `Post ${step.name}`,
      if: text(postIf) ?? "always()",
      run: async () => {
        const exitCode = await execute(post, new AbortController().signal);
        if (exitCode !== 0) throw new WorkflowError(`the post of ${step.name} failed`);
      },
    });
  }
  return execute(main);
}

/** `INPUT_NAME`: upper case, blanks replaced, hyphens kept. */
export function inputEnv(
  inputs: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [
      `INPUT_${name.replaceAll(" ", "_").toUpperCase()}`,
      value,
    ]),
  );
}

function state(step: StepRun): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(step.state).map(([name, value]) => [`STATE_${name}`, value]),
  );
}
