import { parseStepName } from "../explain/step-name.ts";

/**
 * Steps by stage, the stage that started first in front, and within a stage by number. Cached steps
 * start all at once, so their times do not order them. What is no instruction keeps its place.
 */
export function orderSteps<Step extends { readonly step: string }>(
  steps: readonly Step[],
): readonly Step[] {
  const stages = new Map<string, Step[]>();
  for (const [index, one] of steps.entries()) {
    const stage = stageOf(one.step) ?? String(index);
    stages.set(stage, [...(stages.get(stage) ?? []), one]);
  }
  const numberOf = ({ step }: Step): number => parseStepName(step)?.number ?? 0;
  return [...stages.values()].flatMap((stage) => stage.sort((a, b) => numberOf(a) - numberOf(b)));
}

/** `build /5` of `[build 3/5] RUN make`. */
function stageOf(name: string): string | undefined {
  const [, stage, all] = /^\[([^\]]*?)\d+(\/\d+)\]/.exec(name) ?? [];
  return stage === undefined ? undefined : `${stage}${all ?? ""}`;
}
