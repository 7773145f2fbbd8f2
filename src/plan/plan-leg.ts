import { resolve } from "node:path";
import type { Config, Variant } from "../config/config.ts";
import { familiarName } from "../dockerfile/image-name.ts";
import { isRemoteContext } from "../dockerfile/remote-source.ts";
import type { Stages } from "../dockerfile/stages.ts";
import { formatPlatform } from "../oci/platform.ts";
import { cacheRefs } from "./cache-refs.ts";
import type { Context } from "./context.ts";
import type { ContextHash, ContextHasher } from "./context-files.ts";
import { type DigestInputs, inputDigest } from "./input-digest.ts";
import { type LegInputs, takesAll } from "./leg-inputs.ts";
import type { PlanOptions } from "./make-plan.ts";
import { boundedTag, type LegNames, legNames, stagedTag } from "./names.ts";
import { pinsForEngine, pinsOf } from "./pins.ts";
import type { BuildInputs, InputSummary, Pin, PlannedLeg, StagedNames } from "./plan.ts";

/** A leg with its input digest, its names and what BuildKit is to be given. */
export async function planLeg(
  config: Config,
  context: Context,
  inputs: LegInputs,
  allPins: readonly Pin[],
  options: PlanOptions,
  hasher: ContextHasher,
): Promise<{ readonly leg: PlannedLeg; readonly warnings: readonly string[] }> {
  const { variant, platform, stages } = inputs;
  const names = legNames(variant, platform, config.cache.tag);
  const pins = pinsOf(stages, allPins);
  const { input, warnings } = await readInput(config, inputs, pins, options.epoch, hasher);
  const spelt = formatPlatform(platform);
  const leg: PlannedLeg = {
    id: names.id,
    variant: variant.name,
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
    build: buildInputs(inputs, pins, options),
    unpinned: pins.filter(({ resolved }) => resolved === null).map(({ ref }) => ref),
    runs: runsOn(inputs),
    builder: options.builder ?? config.builders[spelt] ?? null,
    runner: variant.runners[spelt] ?? config.runners[spelt] ?? null,
  };
  return { leg, warnings };
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

/** Hashes the files that the leg may take, and digests all of its inputs. */
export async function readInput(
  { root, refresh }: Config,
  { variant, platform, stages, args }: LegInputs,
  pins: readonly Pin[],
  epoch: string | undefined,
  hasher: ContextHasher,
): Promise<{ readonly input: InputSummary; readonly warnings: readonly string[] }> {
  const files = await hashBuildContext(root, variant, stages, hasher);
  const contexts = await hashNamedContexts(root, variant, stages, hasher);
  const inputs: DigestInputs = {
    file: variant.dockerfile,
    stages,
    context: files,
    contexts,
    target: variant.target,
    platform,
    args,
    labels: variant.labels,
    pins,
    epoch:
      refresh === undefined || epoch === undefined ? undefined : { arg: refresh.arg, value: epoch },
    network: variant.network,
    shmSize: variant.shmSize,
    ulimits: variant.ulimits,
    allow: variant.allow,
    addHosts: variant.addHosts,
    secrets: variant.secrets,
    ssh: variant.ssh,
    // As a trusted context exports it, so that an untrusted one finds what a trusted one staged.
    exporter: {
      oci: true,
      provenance: variant.provenance === "auto" ? "max" : variant.provenance,
      sbom: variant.sbom,
    },
  };
  const vague = stages.unknown.filter(({ base }) => base === undefined && !takesAll(stages));
  const warnings = vague.map(
    ({ line, why }) => `${variant.dockerfile}:${line}: ${why}, so the whole context counts`,
  );
  return {
    input: inputDigest(inputs),
    // Of a context that many variants share it is said once.
    warnings: [
      ...warnings.map((warning) => `${variant.name}: ${warning}`),
      ...[files, ...Object.values(contexts)].flatMap((hashed) =>
        typeof hashed === "object" ? hashed.differs : [],
      ),
    ],
  };
}

/** What the stages take, or all of the context where that is not known for certain. */
async function hashBuildContext(
  root: string,
  variant: Variant,
  { contextSources, unknown }: Stages,
  hasher: ContextHasher,
): Promise<ContextHash | undefined> {
  const taken = contextSources.filter(({ context }) => context === undefined);
  const sources = unknown.length > 0 ? undefined : taken;
  if (sources?.length === 0) return undefined;
  if (isRemoteContext(variant.context)) return hasher(variant.context);
  const folder = resolve(root, variant.context);
  const ignore = { dockerfile: resolve(root, variant.dockerfile) };
  const { inputs, filters } = variant;
  return hasher(folder, { ignore, inputs, filters, sources });
}

/** A folder by what is taken from it; anything else by its address. */
async function hashNamedContexts(
  root: string,
  { contexts }: Variant,
  { contextSources, unknown }: Stages,
  hasher: ContextHasher,
): Promise<Readonly<Record<string, ContextHash | string>>> {
  type Hashed = readonly [string, ContextHash | string];
  const hashed = Object.entries(contexts).map(async ([name, value]): Promise<Hashed> => {
    if (isRemoteContext(value)) return [name, value];
    const familiar = familiarName(name);
    // Triggers that are not known may take anything from it.
    const taken = contextSources.filter(({ context }) => context === familiar);
    const sources = unknown.length > 0 ? undefined : taken;
    const folder = resolve(root, value);
    return [name, await hasher(folder, { ignore: { dockerfile: undefined }, sources })];
  });
  return Object.fromEntries<ContextHash | string>(await Promise.all(hashed));
}

/** What is not trusted gets no secret and no agent. */
function buildInputs(inputs: LegInputs, pins: readonly Pin[], { trust }: PlanOptions): BuildInputs {
  const { variant } = inputs;
  const pinned = pinsForEngine(pins);
  return {
    dockerfile: variant.dockerfile,
    context: variant.context,
    target: variant.target ?? null,
    args: { ...inputs.args, ...pinned.args },
    labels: variant.labels,
    contexts: { ...pinned.contexts, ...variant.contexts },
    secrets: trust.secrets ? variant.secrets : [],
    ssh: trust.secrets ? variant.ssh : [],
    network: variant.network ?? null,
    shmSize: variant.shmSize ?? null,
    ulimits: variant.ulimits,
    allow: variant.allow,
    addHosts: variant.addHosts,
    provenance: provenanceOf(variant.provenance, trust.level),
    sbom: variant.sbom,
  };
}

function provenanceOf(
  asked: Variant["provenance"],
  level: PlanOptions["trust"]["level"],
): BuildInputs["provenance"] {
  if (asked !== "auto") return asked;
  return level === "untrusted" ? "min" : "max";
}

/** Whether some reached stage runs a program on the leg's own platform. */
function runsOn({ stages, platform }: LegInputs): boolean {
  const spelt = formatPlatform(platform);
  return stages.reached.some(
    (stage) =>
      (stage.platform === undefined || stage.platform === spelt) &&
      [...stage.triggers, ...stage.instructions].some(({ keyword }) => keyword === "RUN"),
  );
}
