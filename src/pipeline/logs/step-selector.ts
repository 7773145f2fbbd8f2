import { UsageError } from "../../errors.ts";
import { parseStepName } from "../explain/step-name.ts";

/** Which steps of a build are meant: `3`, or `build 3` if several stages have a third step. */
export interface StepSelector {
  /** As it was written. */
  readonly text: string;
  /** Undefined: any. */
  readonly stage: string | undefined;
  readonly number: number;
}

/** Parses a step as it is printed: `3`, `3/5`, `build 3` or `[build 3/5]`. */
export function parseStepSelector(text: string): StepSelector {
  const [, stage, number] = /^\[?(?:(\S+)\s+)?(\d{1,6})(?:\/\d+)?\]?$/.exec(text.trim()) ?? [];
  if (number === undefined) {
    throw new UsageError(`"${text}" is not a step`, {
      hint: 'use the number from the output, as in --step 3, or add the stage, as in --step "build 3"',
    });
  }
  return { text, stage, number: Number(number) };
}

/** Whether a step's name, such as `[build 3/5] RUN make`, is one of those that are meant. */
export function selectsStep({ stage, number }: StepSelector, name: string): boolean {
  const step = parseStepName(name);
  return step?.number === number && (stage === undefined || step.stage === stage);
}
