import { resolve } from "node:path";
import type { Config, Variant } from "../config/config.ts";
import { dockerfilePath } from "../config/variants/dockerfile-path.ts";
import { familiarName } from "../dockerfile/image-name.ts";
import { parseContextAddress } from "../dockerfile/context-address.ts";
import type { BaseConfig } from "../dockerfile/stages/triggers.ts";
import type { Digest } from "../oci/digest.ts";
import { formatPlatform } from "../oci/platform.ts";
import { cacheOfVariant, cacheRefs } from "./caches/cache-refs.ts";
import type { Context } from "../trust/context.ts";
import type { ContextHash } from "../inputs/files/summarise-files.ts";
import type { ContextHasher } from "../inputs/files/context-files.ts";
import { unheldInputs } from "../inputs/moving/held-inputs.ts";
import { type DigestInputs, type InputSummary, inputDigest } from "../inputs/input-digest.ts";
import type { Epoch, LegInputs } from "../inputs/leg-inputs.ts";
import type { PlanOptions } from "./plan-options.ts";
import { planMounts } from "./mounts/plan-mounts.ts";
import { boundedTag, type LegNames, legNames, stagedTag } from "./names.ts";
import { type Parent, parentsOf } from "../inputs/parents/parents-of.ts";
import { type Pin, pinsOf } from "../inputs/moving/pins.ts";
import type { PlannedLeg, StagedNames } from "./plan.ts";
import { plannedRecipe } from "../inputs/recipe.ts";

/** A leg of a variant, with what was read of it. */
export interface VariantInputs {
  readonly variant: Variant;
  readonly inputs: LegInputs;
  /** The legs that it is built on. */
  readonly parents: readonly PlannedParent[];
}

/** A leg that another is built on. */
export interface PlannedParent extends Parent {
  readonly planned: PlannedLeg;
  readonly config: BaseConfig | undefined;
}

/** Adds a leg's input digest, its names and what BuildKit receives. */
export async function planLeg(
  { config, context, options }: { config: Config; context: Context; options: PlanOptions },
  { variant, inputs, parents }: VariantInputs,
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
    parents: new Map(parents.map(({ leg, planned }) => [leg, planned.input.digest])),
  });
  const spelt = formatPlatform(recipe.platform);
  const moving = parents.filter(({ planned }) => planned.unpinned.length > 0);
  // What such a parent brings is often not known either, for the same reason.
  const named = new Set(moving.map(({ context: name }) => addressOf(recipe.contexts, name)));
  const unheld = unheldInputs(inputs, allPins).filter(({ what }) => !named.has(what));
  const pinned = new Set(allPins.map(({ ref }) => ref));
  const cache = cacheOfVariant(config.cache, variant);
  const defaultBranch = config.branches.default ?? context.defaultBranch;
  const { trust, cacheRepository: repository } = options;
  const scope = { context, trust, repository, defaultBranch };
  const { mounts, warnings: mountWarnings } = planMounts(variant.mounts, inputs, scope);
  const leg: PlannedLeg = {
    id: names.id,
    variant: recipe.name,
    platform: spelt,
    action: "build",
    reason: "no leg with these inputs is staged",
    bypass: "none",
    input,
    staged: stagedNames(names, input, config, options),
    preview: null,
    cache:
      cache === undefined
        ? { from: [], to: [] }
        : cacheRefs(names, {
            ...scope,
            cache,
          }),
    ...(mounts.length === 0 ? {} : { mounts }),
    build: plannedRecipe({ ...recipe, args: inputs.args }),
    parents: parents.map(({ context, leg: id, config: known }) => ({
      context,
      leg: id,
      config: known ?? null,
    })),
    // Parents that are never reused: what is built on them may change with them.
    unpinned: [...new Set([...unheld.map(({ what }) => what), ...moving.map(({ leg: id }) => id)])],
    runsOn: runsOn(inputs),
    builders: options.builder === undefined ? (config.builders[spelt] ?? []) : [options.builder],
    runner: variant.runners[spelt] ?? config.runners[spelt] ?? null,
  };
  // What could not be pinned is reported once for all legs.
  const own = unheld.filter(({ what }) => !pinned.has(what));
  return {
    leg,
    warnings: [
      ...warnings,
      ...mountWarnings,
      ...own.map(({ what, why }) => `${recipe.name}: ${what} is not pinned: ${why}`),
    ],
  };
}

/** A named context's address, by its familiar name. */
function addressOf(
  contexts: Readonly<Record<string, string>>,
  familiar: string,
): string | undefined {
  return Object.entries(contexts).find(([name]) => familiarName(name) === familiar)?.[1];
}

/**
 * The refresh argument and its value; undefined if the config has none, or if the run may not
 * determine it.
 */
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
  // must not replace it.
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
  /** The folders that it takes files from, as in the config. */
  readonly hashed: readonly HashedFolder[];
  readonly warnings: readonly string[];
}

/** A folder, and a hash of the files taken from it. */
interface HashedFolder {
  readonly folder: string;
  readonly hash: ContextHash;
}

/** What a leg's digest needs besides what is read of the leg. */
export interface ReadInputOptions {
  /** The pins of all legs. */
  readonly pins: readonly Pin[];
  readonly epoch: Epoch | undefined;
  readonly hasher: ContextHasher;
  /** The input digests of the legs that it may be built on, by their ids. */
  readonly parents: ReadonlyMap<string, Digest>;
}

/**
 * Hashes the files that the leg may take, below the config's folder, and digests all of its inputs.
 */
export async function readInput(
  root: string,
  leg: LegInputs,
  { pins, epoch, hasher, parents }: ReadInputOptions,
): Promise<ReadInput> {
  const { recipe, stages } = leg;
  const files = await hashBuildContext(root, leg, hasher);
  const contexts = await hashNamedContexts(root, leg, hasher);
  const inputs: DigestInputs = {
    file: recipe.dockerfile,
    stages,
    context: files,
    contexts,
    parents: parentDigests(leg, parents),
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
    // Exported as in a trusted context, so that an untrusted run finds what a trusted one staged.
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
    // Warnings of a context that many variants share appear once.
    warnings: [...hashed.flatMap(({ hash }) => hash.differs)],
  };
}

function parentDigests(
  leg: LegInputs,
  digests: ReadonlyMap<string, Digest>,
): NonNullable<DigestInputs["parents"]> {
  return Object.fromEntries(
    parentsOf(leg).map((parent) => {
      const digest = digests.get(parent.leg);
      if (digest === undefined)
        throw new Error(`the leg ${parent.leg} was planned after its child`);
      return [parent.context, { leg: parent.leg, digest }];
    }),
  );
}

/** What the stages take, or the whole context if that is uncertain. */
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
  const file = dockerfilePath(recipe);
  const ignore = { dockerfile: file === undefined ? undefined : resolve(root, file) };
  const { inputs, filters } = recipe;
  return hasher(resolve(root, recipe.context), { ignore, inputs, filters, sources });
}

/**
 * Whether the SBOM may cover the context too (BUILDKIT_SBOM_SCAN_CONTEXT;
 * docs.docker.com/build/metadata/attestations/sbom).
 */
function scansContext({ recipe, file }: LegInputs): boolean {
  const name = "BUILDKIT_SBOM_SCAN_CONTEXT";
  return recipe.sbom !== false && (Object.hasOwn(recipe.args, name) || file.text.includes(name));
}

/** A folder by what is taken from it; anything else by its address, which is pinned. */
async function hashNamedContexts(
  root: string,
  { recipe: { contexts }, stages: { contextSources, unknown } }: LegInputs,
  hasher: ContextHasher,
): Promise<Readonly<Record<string, ContextHash | string>>> {
  type Hashed = readonly [string, ContextHash | string];
  const others = Object.entries(contexts).filter(
    ([, value]) => parseContextAddress(value).kind !== "variant",
  );
  const hashed = others.map(async ([name, value]): Promise<Hashed> => {
    const address = parseContextAddress(value);
    if (address.kind !== "folder") return [name, value];
    const familiar = familiarName(name);
    // Unknown triggers may take anything from it.
    const taken = contextSources.filter(({ context }) => context === familiar);
    const sources = unknown.length > 0 ? undefined : taken;
    const folder = resolve(root, address.path);
    return [name, await hasher(folder, { ignore: { dockerfile: undefined }, sources })];
  });
  return Object.fromEntries<ContextHash | string>(await Promise.all(hashed));
}

/** The platforms that reached stages run programs on: a stage has that of its base stage. */
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
