import type { Config } from "../../config/config.ts";
import { UsageError } from "../../errors.ts";
import { formatPlatform } from "../../oci/platform.ts";
import { DockerfileReader, readLegInputs } from "../../plan/leg-inputs.ts";
import { baseConfigsOf } from "../../plan/pinned-inputs.ts";
import type { Plan, PlannedLeg } from "../../plan/plan.ts";
import { type StageModel, stageModel } from "./stage-model.ts";

/** Reads legs' Dockerfiles again, each once; undefined for a leg that the config does not have. */
export function readStageModels(
  config: Config,
  plan: Plan,
): (leg: PlannedLeg) => Promise<StageModel | undefined> {
  const reader = new DockerfileReader(config.root);
  const bases = baseConfigsOf(plan.pins);
  return async (leg) => {
    const variant = config.variants.find(({ name }) => name === leg.variant);
    const platform = variant?.platforms.find((p) => formatPlatform(p) === leg.platform);
    if (variant === undefined || platform === undefined) return undefined;
    try {
      const epoch = plan.epoch?.value;
      const inputs = await readLegInputs(config, variant, platform, epoch, reader, bases);
      return stageModel(inputs.stages, config.refresh?.arg);
    } catch (error) {
      if (error instanceof UsageError) return undefined;
      throw error;
    }
  };
}
