import type { Config } from "../../config/config.ts";
import { UsageError } from "../../errors.ts";
import { DockerfileReader, type LegInputs } from "../../inputs/leg-inputs.ts";
import { readPinnedInputs } from "../../inputs/moving/pinned-inputs.ts";
import { movingInputs } from "../../inputs/moving/pins.ts";
import { parentsOf } from "../../inputs/parents/parents-of.ts";
import { recipeOf } from "../../inputs/recipe.ts";
import { suggest } from "../../nearest.ts";
import { formatPlatform, type Platform } from "../../oci/platform.ts";

/** A leg, and what it is built on. */
export interface GraphLeg {
  /** `app/linux/amd64`. */
  readonly id: string;
  readonly variant: string;
  readonly platform: string;
  /** Ids of legs of other variants. */
  readonly parents: readonly string[];
  /** Images, git sources and addresses that its Dockerfile names, as written and expanded. */
  readonly images: readonly string[];
}

/**
 * The legs of a config and what they are built on, from its Dockerfiles alone: base images are not
 * asked what they bring. Throws a usage error for a Dockerfile that cannot be read.
 */
export async function readGraph(config: Config, machine: Platform): Promise<readonly GraphLeg[]> {
  const recipes = config.variants.flatMap((variant) =>
    variant.platforms.map((platform) => recipeOf(config, variant, platform, machine)),
  );
  const reader = new DockerfileReader(config.root);
  const resolvePin = () => Promise.resolve({ resolved: null });
  const { legs } = await readPinnedInputs(recipes, { reader, epoch: undefined }, { resolvePin });
  return legs.map(legOf);
}

function legOf(inputs: LegInputs): GraphLeg {
  const { name: variant } = inputs.recipe;
  const platform = formatPlatform(inputs.recipe.platform);
  const images = movingInputs(inputs).flatMap(({ kind, ref }) => (kind === "syntax" ? [] : ref));
  const parents = parentsOf(inputs).map(({ leg }) => leg);
  return {
    ...{ id: `${variant}/${platform}`, variant, platform },
    parents: [...new Set(parents)],
    images: [...new Set(images)],
  };
}

/**
 * The legs of these variants, and those that they are built on; all of them if none is named. Throws
 * a usage error for a variant that does not exist.
 */
export function chooseGraph(
  legs: readonly GraphLeg[],
  variants: readonly string[],
): readonly GraphLeg[] {
  if (variants.length === 0) return legs;
  const names = [...new Set(legs.map(({ variant }) => variant))];
  const unknown = variants.filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    throw new UsageError(
      unknown.map((name) => ({
        message: `the config has no variant "${name}"`,
        hint: suggest(name, names),
      })),
    );
  }
  const byId = new Map(legs.map((leg) => [leg.id, leg]));
  const chosen = new Set<string>();
  const open = legs.filter(({ variant }) => variants.includes(variant)).map(({ id }) => id);
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (chosen.has(id)) continue;
    chosen.add(id);
    open.push(...(byId.get(id)?.parents ?? []));
  }
  return legs.filter(({ id }) => chosen.has(id));
}
