import type { Config, Variant } from "../config/config.ts";
import { isRemoteContext } from "../dockerfile/remote-source.ts";
import { UsageError } from "../errors.ts";
import { formatPlatform, parsePlatform, type Platform } from "../oci/platform.ts";
import type { BuildInputs } from "./build-inputs.ts";

/**
 * How one leg is built, as the config says it: whatever run builds it, and before anything is
 * read or resolved. A plan carries it, so that a build job need not evaluate the config again.
 */
export interface Recipe
  extends Omit<Variant, "platforms" | "platformArgs" | "suffix" | "runners" | "line"> {
  readonly platform: Platform;
  /** The value of BUILDPLATFORM: the platform of the machine that builds. */
  readonly buildPlatform: Platform;
}

/**
 * The recipe of a variant on a platform. `machine` is the platform of the machine that plans; it
 * counts as the one that builds unless the config gives the leg's platform a runner or a builder
 * of its own. Throws a usage error for a context that is an address.
 */
export function recipeOf(
  config: Pick<Config, "file" | "runners" | "builders">,
  variant: Variant,
  platform: Platform,
  machine: Platform,
): Recipe {
  refuseRemoteContext(config.file, variant);
  const { name, target, network, shmSize, platformArgs, runners, movingLabels } = variant;
  const own = platformArgs[formatPlatform(platform)];
  const places = [{ ...config.runners, ...runners }, config.builders];
  return {
    ...sharedOf(variant),
    name,
    target,
    network,
    shmSize,
    movingLabels,
    args: own === undefined ? variant.args : { ...variant.args, ...own },
    platform,
    buildPlatform: places.some((place) => isAlone(place, platform)) ? platform : machine,
  };
}

/** BuildKit takes the Dockerfile of a remote context from there, where we cannot read it. */
function refuseRemoteContext(file: string, { name, context, line }: Variant): void {
  if (!isRemoteContext(context)) return;
  throw new UsageError([
    {
      file,
      line,
      message: `variant ${name}: the context ${context} is remote, so its Dockerfile cannot be read`,
      hint: "use a folder of this repository (a submodule, say), and give what is remote as a named context",
    },
  ]);
}

/** The recipe that a plan carries. */
export function recipeOfLeg({
  variant,
  platform,
  build,
}: {
  readonly variant: string;
  readonly platform: string;
  readonly build: BuildInputs;
}): Recipe {
  const { target, network, shmSize, buildPlatform } = build;
  return {
    ...sharedOf(build),
    // What was to be said of them was said with the plan.
    movingLabels: [],
    name: variant,
    platform: parsePlatform(platform),
    buildPlatform: parsePlatform(buildPlatform),
    target: target ?? undefined,
    network: network ?? undefined,
    shmSize: shmSize ?? undefined,
  };
}

/** A recipe as a plan carries it. */
export function plannedRecipe(recipe: Recipe): BuildInputs {
  const { buildPlatform, target, network, shmSize } = recipe;
  return {
    ...sharedOf(recipe),
    target: target ?? null,
    network: network ?? null,
    shmSize: shmSize ?? null,
    buildPlatform: formatPlatform(buildPlatform),
  };
}

/** What a variant, a recipe and a plan write alike. */
type Shared = Pick<
  Recipe,
  | ("dockerfile" | "context" | "contexts" | "args" | "labels" | "secrets" | "ssh")
  | ("inputs" | "filters" | "ulimits" | "allow" | "addHosts" | "sbom" | "provenance")
>;

function sharedOf(from: Shared): Shared {
  const { dockerfile, context, contexts, args, labels, secrets, ssh } = from;
  const { inputs, filters, ulimits, allow, addHosts, sbom, provenance } = from;
  return {
    dockerfile,
    context,
    contexts,
    args,
    labels,
    secrets,
    ssh,
    inputs,
    filters,
    ulimits,
    allow,
    addHosts,
    sbom,
    provenance,
  };
}

/** Whether a platform has a runner or a builder that no other platform shares. */
function isAlone(places: Readonly<Record<string, string>>, platform: Platform): boolean {
  const spelt = formatPlatform(platform);
  const own = places[spelt];
  return (
    own !== undefined &&
    !Object.entries(places).some(([other, place]) => other !== spelt && place === own)
  );
}
