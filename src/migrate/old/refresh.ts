import type { JobRun, StepRun } from "../../lint/model/pipeline.ts";
import { stepOutput } from "./images/outputs.ts";
import type { Reading } from "./reading.ts";

/** How often a value changes that a step makes of the date. */
export interface DateValue {
  readonly every: "week" | "day" | "hour" | "command";
  /** `%Y-W%V`. */
  readonly format: string;
}

/** Recognises an expression whose value a script makes of the date; undefined if it is another. */
export function dateValue(
  expression: string,
  job: JobRun,
  reading: Pick<Reading, "jobs">,
): DateValue | undefined {
  const found = stepOutput(expression, job, reading);
  if (found !== undefined) return dateIn(found.step, found.output);
  const [, name] = /^env\.(\w+)$/.exec(expression.toLowerCase()) ?? [];
  if (name === undefined) return undefined;
  return job.steps
    .filter(({ script }) => script?.value.text.includes("GITHUB_ENV") === true)
    .map((step) => dateIn(step, name))
    .find((date) => date !== undefined);
}

/** The date in the line that sets a name, or in the line before that sets a shell variable. */
function dateIn({ script }: StepRun, name: string): DateValue | undefined {
  const text = script?.value.text ?? "";
  const assigned = text.split("\n").find((line) => line.toLowerCase().includes(`${name}=`));
  if (assigned === undefined) return undefined;
  const format = formatIn(assigned) ?? (assigned.includes("$") ? formatIn(text) : undefined);
  return format === undefined ? undefined : { every: everyOf(format), format };
}

function formatIn(text: string): string | undefined {
  return /\bdate\s+(?:(?:-u|--utc)\s+)?(["']?)\+(["']?)([%\w:.-]+)\1\2/.exec(text)?.[3];
}

function everyOf(format: string): DateValue["every"] {
  if (/%[HIkMST]|%T|%s/.test(format)) return /%[MST]|%s/.test(format) ? "command" : "hour";
  if (/%[FdejD]|%x/.test(format)) return "day";
  return /%[VUW]/.test(format) ? "week" : "command";
}
