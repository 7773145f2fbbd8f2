import { expressionsIn } from "../../../lint/expressions/template.ts";
import type { JobRun, StepRun } from "../../../lint/model/pipeline.ts";
import { at, textOf } from "../../../lint/yaml/node.ts";
import type { Reading } from "../reading.ts";

/** A step's output, and the job that has the step. */
export interface StepOutput {
  readonly job: JobRun;
  readonly step: StepRun;
  /** In lower case. */
  readonly output: string;
}

/**
 * The step that sets `steps.ID.outputs.NAME`, also by way of `needs.JOB.outputs.NAME`; undefined if
 * it is not found.
 */
export function stepOutput(
  expression: string,
  job: JobRun,
  reading: Pick<Reading, "jobs">,
): StepOutput | undefined {
  const [, context, id = "", output = ""] =
    /^(steps|needs)\.([\w-]+)\.outputs\.([\w-]+)$/.exec(expression.toLowerCase()) ?? [];
  if (context === "steps") {
    const step = job.steps.findLast((candidate) => candidate.id?.toLowerCase() === id);
    return step === undefined ? undefined : { job, step, output };
  }
  const needed = context === "needs" ? neededJob(id, job, reading) : undefined;
  const named = textOf(outputNode(needed, output));
  const [inner] = expressionsIn(named ?? "");
  // A job's outputs come from its own steps, so this goes no deeper.
  if (needed === undefined || inner?.expression.startsWith("steps.") !== true) return undefined;
  return stepOutput(inner.expression, needed, reading);
}

function outputNode(job: JobRun | undefined, name: string): ReturnType<typeof at> {
  const outputs = at(job?.node, "outputs");
  if (outputs?.kind !== "map") return undefined;
  return outputs.entries.find(({ key }) => key.text?.toLowerCase() === name)?.value;
}

/** A job by the name that `needs` has, in the job's own workflow or in one that calls it. */
function neededJob(
  name: string,
  { id }: JobRun,
  { jobs }: Pick<Reading, "jobs">,
): JobRun | undefined {
  const path = id.split(" / ");
  for (let length = path.length - 1; length >= 0; length--) {
    const wanted = [...path.slice(0, length), name].join(" / ").toLowerCase();
    const found = jobs.find((job) => job.id.toLowerCase() === wanted);
    if (found !== undefined) return found;
  }
  return undefined;
}
