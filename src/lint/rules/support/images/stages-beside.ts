import type { ReachedStage } from "../../../../dockerfile/stages/found.ts";
import type { Stages } from "../../../../dockerfile/stages/stages.ts";

/**
 * The stages with steps to run whose layers are not in the image: it only copies from them. An
 * export in `mode=min`, and an inline one, leave them out.
 */
export function stagesBeside({ reached, target }: Stages): readonly ReachedStage[] {
  const inImage = new Set<ReachedStage>();
  for (
    let stage = reached.find(({ name, index }) => name === target || String(index) === target);
    stage !== undefined;
    stage = baseOf(stage, reached)
  ) {
    inImage.add(stage);
  }
  return reached.filter(
    (stage) => !inImage.has(stage) && stage.instructions.some(({ keyword }) => keyword === "RUN"),
  );
}

/** The stage that a stage is built on. */
export function baseOf(
  { from, index }: ReachedStage,
  reached: readonly ReachedStage[],
): ReachedStage | undefined {
  const name = from.toLowerCase();
  return reached.findLast((stage) => stage.index < index && stage.name === name);
}

/** How a message names a stage. */
export function stageName({ name, index }: ReachedStage): string {
  return name ?? String(index);
}
