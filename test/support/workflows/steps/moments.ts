import type { RunningJob } from "./running-job.ts";

/** Tells the test of a moment, which may cancel the run. */
export function tellMoment(job: RunningJob, step: string, line: string | undefined): void {
  const cancel = job.run.options.cancelAt?.({ job: job.name, step, line }) === true;
  if (cancel) job.run.cancellation.abort();
}
