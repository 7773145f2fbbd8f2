import { type PlanOptions, type Selection } from "./plan-options.ts";
import type { Config } from "../config/config.ts";
import { renderProblem, UsageError } from "../errors.ts";
import { formatRepository } from "../oci/reference.ts";
import type { Context } from "../trust/context.ts";
import type { ContextHasher } from "../inputs/files/context-files.ts";
import { allCacheWarnings } from "./caches/cache-refs.ts";
import { type ReadBaseConfig, readPinnedInputs } from "../inputs/moving/pinned-inputs.ts";
import { movingInputs, type Pin, type ResolvePin } from "../inputs/moving/pins.ts";
import type { CacheRef, Plan, PlannedLeg } from "./plan.ts";
import { DockerfileReader, type LegInputs } from "../inputs/leg-inputs.ts";
import { findMissingSources } from "../inputs/missing/missing-sources.ts";
import { planInOrder } from "./plan-in-order.ts";
import { epochIn, planLeg } from "./plan-leg.ts";
import { publishedBaseWarnings } from "./bases/published-bases.ts";
import { recipeOf } from "../inputs/recipe.ts";
import { planVariant } from "./plan-variant.ts";
import { refusePreviewImages, namePreview } from "./caches/previews.ts";
import { compileNames } from "./select/select-legs.ts";
import { refuseSharedTags } from "./tags/shared-tags.ts";
import { commitWarnings, unknownPlatforms, unusedArgWarnings } from "../inputs/variant-warnings.ts";

/** Services that planning needs besides files. */
export interface PlanServices {
  readonly resolvePin: ResolvePin;
  readonly readBase?: ReadBaseConfig;
  readonly hasher: ContextHasher;
  /** Which legs are complete in the cache repository, and the warnings about the others. */
  readonly findStaged: (legs: readonly PlannedLeg[]) => Promise<StagedLookUp>;
}

export interface StagedLookUp {
  readonly whole: ReadonlySet<string>;
  /** By leg: why the content of its tag is unusable. */
  readonly unusable: ReadonlyMap<string, string>;
  /** By leg: the additions that it was built with and that changed since, or were deleted. */
  readonly outdated: ReadonlyMap<string, readonly string[]>;
  readonly warnings: readonly string[];
}

/** Makes the plan: reads the inputs of every leg, pins what moves, looks up what is staged. */
export async function makePlan(
  config: Config,
  context: Context,
  options: PlanOptions,
  services: PlanServices,
): Promise<Plan> {
  const sources = config.variants.flatMap((variant) =>
    variant.platforms.map((platform) => ({
      variant,
      recipe: recipeOf(config, variant, platform, options.machine),
    })),
  );
  const reader = new DockerfileReader(config.root);
  const epoch = epochIn(config, options.epoch);
  const recipes = sources.map(({ recipe }) => recipe);
  const pinned = await readPinnedInputs(recipes, { reader, epoch }, services);
  const { legs: read, pins } = pinned;
  refusePreviewImages(config, read.flatMap(movingInputs));
  const run = { config, context, options };
  const legs = await planInOrder(
    sources.flatMap(({ variant }, at) => {
      const inputs = read[at];
      return inputs === undefined ? [] : [{ variant, inputs }];
    }),
    config.file,
    (source) => planLeg(run, source, pins, services.hasher),
  );
  const planned = legs.map(({ leg }) => leg);
  refuseCollisions(planned);
  const decided = planned.map((leg) => bypass(leg, options));
  const looked = await services.findStaged(decided.filter((leg) => leg.bypass === "none"));
  const variants = config.variants.map((variant) => planVariant(config, variant, context, options));
  const plannedVariants = variants.map(({ variant }) => variant);
  refuseSharedTags(plannedVariants);
  const warnings = [
    ...(context.problems ?? []),
    ...config.warnings,
    ...unpinned(pins),
    ...pinned.warnings,
    ...allCacheWarnings(config),
    ...read.flatMap((inputs) => inputs.warnings),
    ...unusedArgWarnings(read),
    ...unknownPlatforms(read).map(renderProblem),
    ...commitWarnings(read, context),
    ...publishedBaseWarnings(read, plannedVariants),
    ...legs.flatMap((leg) => leg.warnings),
    ...variants.flatMap((variant) => variant.warnings),
    ...looked.warnings,
  ];
  return {
    schema: "layerkeep.plan.v1",
    layerkeep: options.version,
    createdAt: options.now.toISOString(),
    context,
    trust: options.trust,
    epoch: epoch ?? null,
    pins,
    holdsPins: config.holdPins,
    cacheRepository: options.cacheRepository ?? null,
    scratch: config.cache.scratch === undefined ? null : formatRepository(config.cache.scratch),
    insecure: config.insecure,
    legs: decided.map((leg) => namePreview(decide(leg, looked), plannedVariants, run)),
    variants: plannedVariants,
    warnings: [...new Set(warnings)],
    ...expectedFailures(config.root, read),
  };
}

function expectedFailures(
  root: string,
  read: readonly LegInputs[],
): Pick<Plan, "expectedFailures"> {
  const missing = findMissingSources(root, read);
  if (missing.length === 0) return {};
  const failures = missing.map(({ file, line, message, hint = null, legs }) => {
    return { file, line, message, hint, legs };
  });
  return { expectedFailures: failures };
}

function unpinned(pins: readonly Pin[]): string[] {
  return pins.flatMap(({ ref, note }) =>
    note === undefined ? [] : [`${ref} is not pinned: ${note}`],
  );
}

/** Marks legs that are built even if they are staged, and so need no look-up. */
function bypass(leg: PlannedLeg, { cold, force }: PlanOptions): PlannedLeg {
  if (selects(cold, leg)) return { ...leg, bypass: "caches", reason: "--cold was given" };
  if (selects(force, leg)) return { ...leg, bypass: "staged", reason: "--force was given" };
  if (leg.unpinned.length === 0) return leg;
  const reason = `${leg.unpinned.join(", ")} could not be pinned and may have changed`;
  return { ...leg, bypass: "staged", reason };
}

/** Decides whether the leg is built, and why. */
function decide(leg: PlannedLeg, looked: StagedLookUp): PlannedLeg {
  if (leg.bypass !== "none") return leg;
  if (looked.whole.has(leg.id)) {
    return { ...leg, action: "reuse", reason: "staged with the same inputs" };
  }
  const outdated = looked.outdated.get(leg.id);
  if (outdated !== undefined) return { ...leg, outdated, reason: whyOutdated(outdated) };
  const unusable = looked.unusable.get(leg.id);
  return unusable === undefined ? leg : { ...leg, reason: unusable };
}

const mostNamed = 4;

function whyOutdated(names: readonly string[]): string {
  const [were, have] = names.length === 1 ? ["was", "has"] : ["were", "have"];
  const more = names.length > mostNamed ? ` and ${names.length - mostNamed} more` : "";
  const named = `${names.slice(0, mostNamed).join(", ")}${more}`;
  return `${named} ${were} added after the baseline and ${have} changed since the leg was built`;
}

function selects(selection: Selection, leg: PlannedLeg): boolean {
  if (typeof selection === "boolean") return selection;
  return compileNames(selection)(leg);
}

/** Two outputs under one name would overwrite each other. */
function refuseCollisions(legs: readonly PlannedLeg[]): void {
  const owners = new Map<string, string>();
  const problems: string[] = [];
  for (const leg of legs) {
    const caches = leg.cache.to.filter(({ type }) => type !== "inline").map(addressOf);
    const names = [...caches, ...(leg.staged === null ? [] : [leg.staged.newest, leg.staged.log])];
    for (const name of names) {
      const owner = owners.get(name);
      owners.set(name, owner ?? leg.id);
      if (owner === leg.id) problems.push(`two outputs of ${leg.id} would share ${name}`);
      else if (owner !== undefined) problems.push(`${owner} and ${leg.id} would share ${name}`);
    }
  }
  if (problems.length === 0) return;
  throw new UsageError(
    problems.map((message) => ({ message })),
    {
      hint: "set cache.tag to a template that gives each cache a different tag, as in cache{suffix}-{platform}",
    },
  );
}

/** A registry cache's tag; for another type, its attributes identify the cache. */
function addressOf({ type, attributes }: CacheRef): string {
  if (type === "registry") return attributes["ref"] ?? "";
  const pairs = Object.entries(attributes).map(([key, value]) => `${key}=${value}`);
  return [`type=${type}`, ...pairs].join(",");
}
