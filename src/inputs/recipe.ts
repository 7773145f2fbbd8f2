import type { Config, Variant } from "../config/config.ts";
import { isRemoteContext } from "../dockerfile/remote-source.ts";
import { UsageError } from "../errors.ts";
import { formatPlatform, parsePlatform, type Platform } from "../oci/platform.ts";
import type { BuildInputs } from "./build-inputs.ts";

/**
 * How one leg is built, from the config alone, whichever run builds it, and before anything is read
 * or resolved. The plan includes it, so that a build job need not evaluate the config again.
 */
export interface Recipe
  extends Omit<
    Variant,
    | "platforms"
    | ("platformArgs" | "suffix" | "publish" | "preview" | "runners" | "cache" | "mounts" | "line")
  > {
  readonly platform: Platform;
  /** The value of BUILDPLATFORM: the platform of the build machine. */
  readonly buildPlatform: Platform;
}

/**
 * The recipe of a variant on a platform. `machine` is the platform of the planning machine; it is
 * assumed to build unless the config gives the leg's platform a runner or builders of its own.
 * Throws a usage error for a remote context.
 */
export function recipeOf(
  config: Pick<Config, "file" | "runners" | "builders">,
  variant: Variant,
  platform: Platform,
  machine: Platform,
): Recipe {
  refuseRemoteContext(config.file, variant);
  const { name, dockerfileInline, target, network, shmSize } = variant;
  const { platformArgs, runners, movingLabels } = variant;
  const own = platformArgs[formatPlatform(platform)];
  const hosts = Object.entries({ ...config.runners, ...runners });
  const places = [
    hosts.map(([on, host]) => [on, [host]] as const),
    Object.entries(config.builders),
  ];
  return {
    ...sharedOf(variant),
    name,
    dockerfileInline,
    target,
    network,
    shmSize,
    movingLabels,
    args: own === undefined ? variant.args : { ...variant.args, ...own },
    platform,
    buildPlatform: places.some((machines) => isAlone(machines, platform)) ? platform : machine,
  };
}

/** For a remote context BuildKit takes the Dockerfile and files from there: we cannot read them. */
function refuseRemoteContext(
  file: string,
  { name, context, dockerfileInline, line }: Variant,
): void {
  if (!isRemoteContext(context)) return;
  const unread = dockerfileInline === undefined ? "Dockerfile" : "files";
  throw new UsageError([
    {
      file,
      line,
      message: `variant ${name}: the context ${context} is remote, so its ${unread} cannot be read`,
      hint: "add the remote source as a submodule and use its folder as the build context, or pass the remote source as a named context",
    },
  ]);
}

/** The recipe in a plan. */
export function recipeOfLeg({
  variant,
  platform,
  build,
}: {
  readonly variant: string;
  readonly platform: string;
  readonly build: BuildInputs;
}): Recipe {
  const { dockerfileInline, target, network, shmSize, buildPlatform } = build;
  return {
    ...sharedOf(build),
    // Warnings about them were part of the plan.
    movingLabels: [],
    name: variant,
    platform: parsePlatform(platform),
    buildPlatform: parsePlatform(buildPlatform),
    dockerfileInline: dockerfileInline ?? undefined,
    target: target ?? undefined,
    network: network ?? undefined,
    shmSize: shmSize ?? undefined,
  };
}

/** A recipe in its form for a plan. */
export function plannedRecipe(recipe: Recipe): BuildInputs {
  const { buildPlatform, dockerfileInline, target, network, shmSize } = recipe;
  return {
    ...sharedOf(recipe),
    dockerfileInline: dockerfileInline ?? null,
    target: target ?? null,
    network: network ?? null,
    shmSize: shmSize ?? null,
    buildPlatform: formatPlatform(buildPlatform),
  };
}

/** The fields that a variant, a recipe and a plan share. */
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

/** Whether a platform has runners or builders none of which another platform shares. */
function isAlone(
  machines: readonly (readonly [platform: string, names: readonly string[]])[],
  platform: Platform,
): boolean {
  const spelt = formatPlatform(platform);
  const own = machines.find(([on]) => on === spelt)?.[1];
  return (
    own !== undefined &&
    !machines.some(([on, names]) => on !== spelt && names.some((name) => own.includes(name)))
  );
}
