import { resolve } from "node:path";
import type { Config, Variant } from "../config/config.ts";
import { familiarName } from "../dockerfile/image-name.ts";
import { parseContextAddress } from "../dockerfile/context-address.ts";
import { formatPlatform } from "../oci/platform.ts";
import { cacheRefs } from "./cache-refs.ts";
import type { Context } from "../trust/context.ts";
import type { ContextHash } from "../inputs/files/summarise-files.ts";
import type { ContextHasher } from "../inputs/files/context-files.ts";
import { unheldInputs } from "../inputs/moving/held-inputs.ts";
import { type DigestInputs, type InputSummary, inputDigest } from "../inputs/input-digest.ts";
import type { Epoch, LegInputs } from "../inputs/leg-inputs.ts";
import type { PlanOptions } from "./plan-options.ts";
import { boundedTag, type LegNames, legNames, stagedTag } from "./names.ts";
import { type Pin, pinsOf } from "../inputs/moving/pins.ts";
import type { PlannedLeg, StagedNames } from "./plan.ts";
import { plannedRecipe } from "../inputs/recipe.ts";

/** A leg of a variant, with what was read of it. */
export interface VariantInputs {
  readonly variant: Variant;
  readonly inputs: LegInputs;
}

/** A leg with its input digest, its names and what BuildKit is to be given. */
export async function planLeg(
  { config, context, options }: { config: Config; context: Context; options: PlanOptions },
  { variant, inputs }: VariantInputs,
  allPins: readonly Pin[],
  hasher: ContextHasher,
): Promise<{ readonly leg: PlannedLeg; readonly warnings: readonly string[] }> {
  const { recipe } = inputs;
  const names = legNames(recipe, recipe.platform, config.cache.tag);
  const epoch = epochIn(config, options.epoch);
  const { input, warnings } = await readInput(config.root, inputs, {
    pins: allPins,
    epoch,
    hasher,
  });
  const spelt = formatPlatform(recipe.platform);
  const unheld = unheldInputs(inputs, allPins);
  const pinned = new Set(allPins.map(({ ref }) => ref));
  const leg: PlannedLeg = {
    id: names.id,
    variant: recipe.name,
    platform: spelt,
    action: "build",
    reason: "no leg with these inputs is staged",
    bypass: "none",
    input,
    staged: stagedNames(names, input, config, options),
    cache: cacheRefs(names, {
      cache: config.cache,
      context,
      trust: options.trust,
      repository: options.cacheRepository,
      defaultBranch: config.branches.default ?? context.defaultBranch,
    }),
    build: plannedRecipe({ ...recipe, args: inputs.args }),
    unpinned: [...new Set(unheld.map(({ what }) => what))],
    runsOn: runsOn(inputs),
    builder: options.builder ?? config.builders[spelt] ?? null,
    runner: variant.runners[spelt] ?? config.runners[spelt] ?? null,
  };
  // What could not be pinned is said once for all legs.
  const own = unheld.filter(({ what }) => !pinned.has(what));
  return {
    leg,
    warnings: [
      ...warnings,
      ...own.map(({ what, why }) => `${recipe.name}: ${what} is not pinned: ${why}`),
    ],
  };
}

/** The refresh argument and its value; undefined if the config has none, or the run may not know it. */
export function epochIn({ refresh }: Config, value: string | undefined): Epoch | undefined {
  return refresh === undefined || value === undefined ? undefined : { arg: refresh.arg, value };
}

function stagedNames(
  names: LegNames,
  { digest }: InputSummary,
  { cache }: Config,
  { cacheRepository: repository, trust }: PlanOptions,
): StagedNames | null {
  if (repository === undefined) return null;
  // An inline cache is imported from the leg's newest build: one without a cache, such as a tag's,
  // must not take its place.
  const uncached = cache.type === "inline" && !trust.writesCaches;
  const newest = uncached ? boundedTag(`${names.newest}.uncached`) : names.newest;
  return {
    leg: `${repository}:${stagedTag(names.newest, digest)}`,
    newest: `${repository}:${newest}`,
    log: `${repository}:${names.log}`,
  };
}

/** A leg's digest, and what was read for it. */
export interface ReadInput {
  readonly input: InputSummary;
  /** The folders that it takes files from, as the config names them. */
  readonly hashed: readonly HashedFolder[];
  readonly warnings: readonly string[];
}

/** A folder with what is taken from it. */
interface HashedFolder {
  readonly folder: string;
  readonly hash: ContextHash;
}

/** What a leg's digest is made with, beside what is read of it. */
export interface ReadInputOptions {
  /** Those of all legs. */
  readonly pins: readonly Pin[];
  readonly epoch: Epoch | undefined;
  readonly hasher: ContextHasher;
}

/** Hashes the files that the leg may take, below the config's folder, and digests all of its inputs. */
export async function readInput(
  root: string,
  leg: LegInputs,
  { pins, epoch, hasher }: ReadInputOptions,
): Promise<ReadInput> {
  const { recipe, stages } = leg;
  const files = await hashBuildContext(root, leg, hasher);
  const contexts = await hashNamedContexts(root, leg, hasher);
  const inputs: DigestInputs = {
    file: recipe.dockerfile,
    stages,
    context: files,
    contexts,
    target: recipe.target,
    platform: recipe.platform,
    args: leg.args,
    labels: recipe.labels,
    pins: pinsOf(leg, pins),
    epoch,
    network: recipe.network,
    shmSize: recipe.shmSize,
    ulimits: recipe.ulimits,
    allow: recipe.allow,
    addHosts: recipe.addHosts,
    secrets: recipe.secrets,
    ssh: recipe.ssh,
    // As a trusted context exports it, so that an untrusted one finds what a trusted one staged.
    exporter: {
      oci: true,
      provenance: recipe.provenance === "auto" ? "max" : recipe.provenance,
      sbom: recipe.sbom,
    },
    policy: leg.file.policy,
  };
  const hashed = [
    ...(files === undefined ? [] : [{ folder: recipe.context, hash: files }]),
    ...Object.entries(contexts).flatMap(([name, hash]) =>
      typeof hash === "string" ? [] : [{ folder: recipe.contexts[name] ?? "", hash }],
    ),
  ];
  return {
    input: inputDigest(inputs),
    hashed,
    // Of a context that many variants share it is said once.
    warnings: [...hashed.flatMap(({ hash }) => hash.differs)],
  };
}

/** What the stages take, or all of the context if that is not known for certain. */
async function hashBuildContext(
  root: string,
  leg: LegInputs,
  hasher: ContextHasher,
): Promise<ContextHash | undefined> {
  const { recipe, stages } = leg;
  const { contextSources, unknown } = stages;
  const taken = contextSources.filter(({ context }) => context === undefined);
  const sources = unknown.length > 0 || scansContext(leg) ? undefined : taken;
  if (sources?.length === 0) return undefined;
  const ignore = { dockerfile: resolve(root, recipe.dockerfile) };
  const { inputs, filters } = recipe;
  return hasher(resolve(root, recipe.context), { ignore, inputs, filters, sources });
}

/** Whether the SBOM may be of the context, too (BUILDKIT_SBOM_SCAN_CONTEXT; docs.docker.com/build/metadata/attestations/sbom). */
function scansContext({ recipe, file }: LegInputs): boolean {
  const name = "BUILDKIT_SBOM_SCAN_CONTEXT";
  return recipe.sbom && (name in recipe.args || file.text.includes(name));
}

/** A folder by what is taken from it; anything else by its address, which is pinned. */
async function hashNamedContexts(
  root: string,
  { recipe: { contexts }, stages: { contextSources, unknown } }: LegInputs,
  hasher: ContextHasher,
): Promise<Readonly<Record<string, ContextHash | string>>> {
  type Hashed = readonly [string, ContextHash | string];
  const hashed = Object.entries(contexts).map(async ([name, value]): Promise<Hashed> => {
    const address = parseContextAddress(value);
    if (address.kind !== "folder") return [name, value];
    const familiar = familiarName(name);
    // Triggers that are not known may take anything from it.
    const taken = contextSources.filter(({ context }) => context === familiar);
    const sources = unknown.length > 0 ? undefined : taken;
    const folder = resolve(root, address.path);
    return [name, await hasher(folder, { ignore: { dockerfile: undefined }, sources })];
  });
  return Object.fromEntries<ContextHash | string>(await Promise.all(hashed));
}

/** The platforms that reached stages run programs on: a stage has that of the stage it is built on. */
function runsOn({ stages, recipe }: LegInputs): readonly string[] {
  const platforms = new Map<number, string>();
  const running = new Set<string>();
  for (const { index, from, platform, triggers, instructions } of stages.reached) {
    const base = stages.reached.findLast((other) => other.index < index && other.name === from);
    const inherited = base === undefined ? undefined : platforms.get(base.index);
    const own = inherited ?? platform ?? formatPlatform(recipe.platform);
    platforms.set(index, own);
    if ([...triggers, ...instructions].some(({ keyword }) => keyword === "RUN")) running.add(own);
  }
  return [...running].sort();
}
