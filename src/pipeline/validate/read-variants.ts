import type { Config } from "../../config/config.ts";
import type { PlacedVariant } from "../../config/variants/placed-variant.ts";
import type { BaseConfig } from "../../dockerfile/stages/triggers.ts";
import { type Problem, UsageError } from "../../errors.ts";
import { DockerfileReader, type LegInputs, readLegInputs } from "../../inputs/leg-inputs.ts";
import { byLevel } from "../../inputs/parents/by-level.ts";
import { parentVariants } from "../../inputs/parents/parent-configs.ts";
import { recipeOf } from "../../inputs/recipe.ts";
import { formatPlatform, type Platform } from "../../oci/platform.ts";

/** What could be read of variants' Dockerfiles, and what is wrong with the rest. */
export interface ReadVariants {
  readonly legs: readonly LegInputs[];
  readonly problems: readonly Problem[];
}

/**
 * Reads the Dockerfiles of variants for each of their platforms, without asking for base images. A
 * problem that has no line in the Dockerfile is placed at the variant's key in the config.
 */
export async function readVariants(
  config: Config,
  placed: readonly PlacedVariant[],
  machine: Platform,
): Promise<ReadVariants> {
  const reader = new DockerfileReader(config.root);
  const parentConfigs = new Map<string, BaseConfig | undefined>();
  const legs: LegInputs[] = [];
  const problems: Problem[] = [];
  const levels = byLevel(
    placed,
    ({ variant }) => variant.name,
    ({ variant }) => parentVariants(variant),
  );
  for (const one of levels.flat()) {
    const { name, platforms } = one.variant;
    for (const platform of platforms) {
      const read = await readLeg(one, platform);
      if ("problems" in read) problems.push(...read.problems);
      else {
        legs.push(read);
        parentConfigs.set(`${name}/${formatPlatform(platform)}`, read.stages.config);
      }
    }
  }
  return { legs, problems };

  async function readLeg(
    one: PlacedVariant,
    platform: Platform,
  ): Promise<LegInputs | Pick<ReadVariants, "problems">> {
    let key: "dockerfile" | "target" = "dockerfile";
    try {
      const recipe = recipeOf(config, one.variant, platform, machine);
      await reader.read(recipe);
      // A Dockerfile that can be read has the target, or it is the target that is wrong.
      key = "target";
      return await readLegInputs(recipe, { reader, epoch: undefined, parentConfigs });
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      return {
        problems: error.problems.map((problem) => placeInConfig(problem, one, key, config)),
      };
    }
  }
}

function placeInConfig(
  problem: Problem,
  { path, report }: PlacedVariant,
  key: "dockerfile" | "target",
  { file }: Config,
): Problem {
  if (problem.line !== undefined) return problem;
  const named = problem.file === undefined ? "" : `${problem.file}: `;
  const message = `${named}${problem.message}`;
  return { ...problem, message, file, ...report.placeOf([...path, key]) };
}
