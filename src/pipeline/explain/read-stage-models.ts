import type { Config } from "../../config/config.ts";
import { UsageError } from "../../errors.ts";
import { DockerfileReader, readLegInputs } from "../../inputs/leg-inputs.ts";
import { baseConfigsOf } from "../../inputs/moving/pinned-inputs.ts";
import type { Plan, PlannedLeg } from "../../plan/plan.ts";
import { recipeOfLeg } from "../../inputs/recipe.ts";
import { type StageModel, stageModel } from "./stage-model.ts";

/** Reads the legs' Dockerfiles again, each once; undefined for one that cannot be read. */
export function readStageModels(
  config: Config,
  plan: Plan,
): (leg: PlannedLeg) => Promise<StageModel | undefined> {
  const reader = new DockerfileReader(config.root);
  const baseConfig = baseConfigsOf(plan.pins);
  return async (leg) => {
    try {
      const epoch = plan.epoch ?? undefined;
      const inputs = await readLegInputs(recipeOfLeg(leg), { reader, epoch, baseConfig });
      return stageModel(inputs.stages, config.refresh?.arg);
    } catch (error) {
      if (error instanceof UsageError) return undefined;
      throw error;
    }
  };
}
