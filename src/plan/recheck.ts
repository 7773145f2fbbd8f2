import type { Config } from "../config/config.ts";
import { type Problem, UsageError } from "../errors.ts";
import { formatPlatform } from "../oci/platform.ts";
import { changedParts } from "./changed-parts.ts";
import { createContextHasher } from "./context-files.ts";
import type { FilterServices } from "./filters/content-filter.ts";
import { DockerfileReader, readLegInputs } from "./leg-inputs.ts";
import { baseConfigsOf } from "./pinned-inputs.ts";
import { pinsOf } from "./pins.ts";
import type { Plan, PlannedLeg } from "./plan.ts";
import { readInput } from "./plan-leg.ts";

/**
 * Holds the files on disk and the config against a plan that was made elsewhere or earlier, with
 * the plan's own pins and epoch: nothing is resolved. A leg that is built from other inputs than
 * those it is named by would be reused for what it is not. Throws a usage error that names each
 * leg that differs and what of it.
 */
export async function refuseChangedInputs(
  config: Config,
  plan: Plan,
  legs: readonly PlannedLeg[],
  runFilter: FilterServices["run"],
): Promise<void> {
  const reader = new DockerfileReader(config.root);
  const hasher = createContextHasher({ root: config.root, run: runFilter });
  const bases = baseConfigsOf(plan.pins);
  const check = async (leg: PlannedLeg): Promise<Problem[]> => {
    const variant = config.variants.find(({ name }) => name === leg.variant);
    const platform = variant?.platforms.find((p) => formatPlatform(p) === leg.platform);
    if (variant === undefined || platform === undefined) {
      return [{ message: `${leg.id} is in the plan, and not in ${config.file}` }];
    }
    const epoch = plan.epoch?.value;
    const inputs = await readLegInputs(config, variant, platform, epoch, reader, bases);
    const pins = pinsOf(inputs.stages, plan.pins);
    const { input } = await readInput(config, inputs, pins, epoch, hasher);
    if (input.digest === leg.input.digest) return [];
    const changed = changedParts(leg.input, input).join(", ");
    return [{ message: `${leg.id} is not what was planned: ${changed} changed since` }];
  };
  const problems = (await Promise.all(legs.map(check))).flat();
  if (problems.length === 0) return;
  throw new UsageError(problems, {
    hint: "check out the commit that was planned, without changes, or plan again",
  });
}
