import { type Mapping, text } from "../document/values.ts";
import { interpolate } from "../expressions/evaluate.ts";
import type { Frame, RunningJob } from "../steps/running-job.ts";
import { stepScope } from "../steps/scope.ts";

/** "Outputs can be a maximum of 1 MB per job. Size is approximated based on UTF-16 encoding." */
const largestOutputs = 1024 * 1024;

/**
 * A job's outputs. One that holds a secret is dropped with a warning; undefined, and an error, if
 * they are too large.
 */
export function jobOutputs(
  job: RunningJob,
  frame: Frame,
  declared: Mapping,
): Readonly<Record<string, string>> | undefined {
  const scope = stepScope(job, frame);
  const outputs: Record<string, string> = {};
  for (const [name, value] of Object.entries(declared)) {
    const output = text(interpolate(value, scope)) ?? "";
    if (job.masks.hidesIn(output)) {
      const message = `Skip output '${name}' since it may contain secret.`;
      job.annotations.push({ level: "warning", message });
    } else {
      outputs[name] = output;
    }
  }
  const size = Object.values(outputs).reduce((sum, output) => sum + output.length * 2, 0);
  if (size <= largestOutputs) return outputs;
  const message = `The outputs are ${size} bytes, more than the ${largestOutputs} that a job may have`;
  job.annotations.push({ level: "error", message });
  return undefined;
}
