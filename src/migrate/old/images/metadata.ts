import { linesOf } from "../../../lint/operations/settings.ts";
import type { Field } from "../../../lint/model/field.ts";
import type { JobRun, StepRun } from "../../../lint/model/pipeline.ts";
import { stepOutput } from "./outputs.ts";
import type { Reading } from "../reading.ts";
import { effectiveRule } from "../published/tag-rules.ts";

/** The inputs of a docker/metadata-action step, without the lines that are comments. */
export interface Metadata {
  readonly step: StepRun;
  readonly images: readonly Field[];
  /** Empty for the action's default rules. */
  readonly tags: readonly Field[];
  readonly flavor: readonly Field[];
  readonly labels: readonly Field[];
  readonly annotations: readonly Field[];
}

/** The step whose tags, labels or JSON an expression is; undefined if it is another. */
export function metadataOf(
  expression: string,
  job: JobRun,
  reading: Pick<Reading, "jobs">,
): Metadata | undefined {
  if (/^env\.docker_metadata_output_\w+$/i.test(expression)) return lastMetadata(job.steps);
  const output = /\b(?:steps|needs)\.[\w-]+\.outputs\.[\w-]+/.exec(expression.toLowerCase())?.[0];
  const found = output === undefined ? undefined : stepOutput(output, job, reading);
  return found === undefined ? undefined : metadataIn(found.step);
}

/** The last of the steps that is docker/metadata-action: its outputs are in the environment, too. */
export function lastMetadata(steps: readonly StepRun[]): Metadata | undefined {
  return steps.map(metadataIn).findLast((metadata) => metadata !== undefined);
}

function metadataIn(step: StepRun): Metadata | undefined {
  const { action } = step;
  if (action?.name !== "docker/metadata-action") return undefined;
  const lines = (name: string): readonly Field[] =>
    linesOf(action.inputs.get(name)).filter(({ value }) => !value.text.startsWith("#"));
  return {
    step,
    images: lines("images"),
    tags: lines("tags").map((line) => ({ ...line, value: effectiveRule(line.value) })),
    flavor: lines("flavor"),
    labels: lines("labels"),
    annotations: lines("annotations"),
  };
}
