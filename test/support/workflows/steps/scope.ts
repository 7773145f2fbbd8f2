import type { Scope } from "../expressions/evaluate.ts";
import { hashFiles } from "../expressions/hash-files.ts";
import { mapping } from "../document/values.ts";
import type { Frame, RunningJob } from "./running-job.ts";

/** What the expressions of a step can use, with the step's own variables in `env`. */
export function stepScope(
  job: RunningJob,
  frame: Frame,
  env: Readonly<Record<string, string>> = {},
): Scope {
  const cancelled = job.cancellation.aborted;
  const status = cancelled ? "cancelled" : frame.failed ? "failure" : "success";
  const github = {
    ...mapping(job.contexts["github"]),
    ...(frame.actionFolder === undefined ? {} : { action_path: frame.actionFolder }),
    action_status: status,
  };
  return {
    contexts: {
      ...job.contexts,
      github,
      steps: frame.results,
      job: { status },
      env: { ...Object.fromEntries(job.env), ...frame.env, ...env },
      ...(frame.inputs === undefined ? {} : { inputs: frame.inputs }),
    },
    functions: {
      success: () => status === "success",
      failure: () => status === "failure",
      cancelled: () => cancelled,
      always: () => true,
      hashFiles: (...patterns) => hashFiles(job.workspace, patterns),
    },
  };
}
