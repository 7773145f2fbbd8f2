import { text } from "../document/values.ts";
import { interpolate } from "../expressions/evaluate.ts";
import type { JobRecord, Result } from "../record.ts";
import { runPosts, runSteps } from "../steps/run-steps.ts";
import type { Frame } from "../steps/running-job.ts";
import type { CalledWorkflow } from "./called.ts";
import { type JobInstance, describe } from "./job-instance.ts";
import { jobOutputs } from "./job-outputs.ts";
import { startJob } from "./start-job.ts";

/** Runs a job's steps on a machine of its own, and what they left for its end. */
export async function runJob(called: CalledWorkflow, instance: JobInstance): Promise<JobRecord> {
  const { job, contexts } = instance;
  const cancellation = new AbortController();
  const onCancel = (): void => {
    if (!instance.survivesCancel()) cancellation.abort();
  };
  const { signal } = called.run.cancellation;
  signal.addEventListener("abort", onCancel, { once: true });
  try {
    const running = startJob(called, instance, cancellation.signal);
    const frame: Frame = {
      results: {},
      failed: false,
      inputs: undefined,
      actionFolder: undefined,
      env: {},
    };
    const steps = await runSteps(running, frame, job.steps);
    const posts = await runPosts(running, frame);
    const outputs = jobOutputs(running, frame, job.outputs);
    const failed = frame.failed || outputs === undefined;
    const result: Result = cancellation.signal.aborted
      ? "cancelled"
      : failed
        ? "failure"
        : "success";
    const tolerated = text(interpolate(job.continueOnError, { contexts })) === "true";
    return {
      ...describe(called, instance),
      result,
      conclusion: result === "failure" && tolerated ? "success" : result,
      steps: [...steps, ...posts],
      outputs: outputs ?? {},
      annotations: running.annotations,
      summary: running.summaries.join("\n"),
      log: running.log.join("\n"),
    };
  } finally {
    signal.removeEventListener("abort", onCancel);
  }
}
