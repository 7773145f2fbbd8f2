import type { Variant } from "../config/config.ts";
import { UsageError } from "../errors.ts";
import { byLevel } from "../inputs/parents/by-level.ts";
import { parentsOf } from "../inputs/parents/parents-of.ts";
import { parentVariants } from "../inputs/parents/parent-configs.ts";
import type { LegInputs } from "../inputs/leg-inputs.ts";
import { formatPlatform } from "../oci/platform.ts";
import type { PlannedLeg } from "./plan.ts";
import type { planLeg, PlannedParent, VariantInputs } from "./plan-leg.ts";

type Source = Omit<VariantInputs, "parents">;
type Made = Awaited<ReturnType<typeof planLeg>>;

/**
 * Plans legs, parents first, because a leg's input digest covers its parents' digests. Returns them
 * in the order of the sources. Throws a usage error if a parent is not built for the platform that
 * a child needs. `file` is the config's path, for messages.
 */
export async function planInOrder(
  sources: readonly Source[],
  file: string,
  plan: (source: VariantInputs) => Promise<Made>,
): Promise<readonly Made[]> {
  const made = new Map<string, Made>();
  const read = new Map(sources.map((source) => [idOf(source.inputs), source.inputs]));
  const levels = byLevel(
    sources,
    ({ variant }) => variant.name,
    (source) => parentVariants(source.inputs.recipe),
  );
  for (const level of levels) {
    const planned = await Promise.all(
      level.map((source) => {
        const parents = parentsFor(source, file, made, read);
        return plan({ ...source, parents });
      }),
    );
    for (const one of planned) made.set(one.leg.id, one);
  }
  return sources.flatMap(({ inputs }) => made.get(idOf(inputs)) ?? []);
}

function parentsFor(
  { variant, inputs }: Source,
  file: string,
  made: ReadonlyMap<string, Made>,
  read: ReadonlyMap<string, LegInputs>,
): readonly PlannedParent[] {
  return parentsOf(inputs).map((parent) => {
    const planned = made.get(parent.leg)?.leg;
    if (planned === undefined) throw lacksPlatform(file, variant, inputs, parent.leg, made);
    return { ...parent, planned, config: read.get(parent.leg)?.stages.config };
  });
}

function lacksPlatform(
  file: string,
  { line, name }: Variant,
  inputs: LegInputs,
  wanted: string,
  made: ReadonlyMap<string, Made>,
): UsageError {
  const parent = wanted.slice(0, wanted.indexOf("/"));
  const platforms = [...made.values()]
    .map(({ leg }): PlannedLeg => leg)
    .filter((leg) => leg.variant === parent)
    .map(({ platform }) => platform);
  const platform = wanted.slice(parent.length + 1);
  return new UsageError([
    {
      file,
      line,
      message: `${name}/${formatPlatform(inputs.recipe.platform)} is built on ${parent} for ${platform}, but ${parent} is built only for ${platforms.join(", ")}`,
      hint: `add ${platform} to the platforms of ${parent}, or choose a platform that ${parent} is built for, such as variant:${parent}/${platforms[0] ?? ""}`,
    },
  ]);
}

function idOf({ recipe }: LegInputs): string {
  return `${recipe.name}/${formatPlatform(recipe.platform)}`;
}
