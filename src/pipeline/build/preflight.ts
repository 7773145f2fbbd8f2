import {
  type Builder,
  type BuilderInspector,
  deadNodes,
  livingNodes,
  runsPlatform,
} from "../../buildkit/builder/builder.ts";
import type { Buildx } from "../../buildkit/builder/buildx.ts";
import { exportProblem, exportsCaches } from "../../buildkit/builder/cache-export.ts";
import { withoutDeadNodes } from "../../buildkit/builder/dead-nodes.ts";
import { whyUnreachable } from "../../buildkit/builder/reachability.ts";
import { EngineError, LayerkeepError, messageOf } from "../../errors.ts";
import { isLoopback, parseRepository } from "../../oci/reference.ts";
import type { Plan, PlannedLeg } from "../../plan/plan.ts";
import type { RegistryClient } from "../../registry/client.ts";

export interface PreflightOptions {
  readonly buildx: Buildx;
  readonly inspector: BuilderInspector;
  readonly client: RegistryClient;
  /** See `BuildLegsOptions`. */
  readonly buildersOf: (leg: PlannedLeg) => readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/** What builds run with after a successful preflight. */
export interface Preflight extends AsyncDisposable {
  /** Without the nodes that do not answer, until this is disposed of. */
  readonly buildx: Buildx;
  /** Without the builders that do not answer, if a leg's platform has others. */
  readonly buildersOf: PreflightOptions["buildersOf"];
  /**
   * One sentence for each node that does not answer, if its builder has others, and for each
   * builder that does not answer, if its platform has others.
   */
  readonly warnings: readonly string[];
}

/**
 * Finds, before the first build, what would make builds fail or silently skip their caches: an
 * engine that does not answer, a platform that it does not run, a driver that cannot export the
 * cache, a registry that is not available, or that the builder cannot reach. Throws one engine
 * error that lists all problems. A node that does not answer is a warning if its builder has
 * others, and so is a builder that does not answer if its platform has others.
 */
export async function preflight(
  plan: Plan,
  legs: readonly PlannedLeg[],
  options: PreflightOptions,
): Promise<Preflight> {
  const registry = registryProblems(plan, options);
  const inspected = await Promise.all(
    [...byBuilder(legs, options)].map(([name, its]) => inspectFor(name, its, options)),
  );
  const found = inspected.flatMap(({ builder, legs: its }) =>
    builder === undefined ? [] : [{ builder, legs: its }],
  );
  const builders = found.map(({ builder }) => builder);
  const ready = await withoutDeadNodes(options.buildx, builders);
  try {
    const [unserved, unreached] = await Promise.all([
      registry,
      Promise.all(
        found.map(({ builder }) => loopbackProblems(plan, builder, ready.buildx, options.signal)),
      ),
    ]);
    const answering = withoutSilent(inspected, options);
    const all = [
      ...unserved,
      ...answering.problems,
      ...found.flatMap(({ builder, legs: its }) => platformProblems(builder, its)),
      ...found.flatMap(({ builder, legs: its }) => cacheProblems(builder, its)),
      ...found.flatMap(({ builder, legs: its }) => previewProblems(builder, its)),
      // If a registry is not available, the builder is not to blame for not reaching it.
      ...(unserved.length > 0 ? [] : unreached.flat()),
      ...githubCacheProblems(legs, options.buildx.env),
    ];
    if (all.length > 0) throw new EngineError([...new Set(all)].join("\n"));
    const warnings = [...new Set([...builders.flatMap(deadWarnings), ...answering.warnings])];
    return { ...ready, buildersOf: answering.buildersOf, warnings };
  } catch (error) {
    await ready[Symbol.asyncDispose]();
    throw error;
  }
}

function byBuilder(
  legs: readonly PlannedLeg[],
  { buildersOf }: PreflightOptions,
): Map<string | undefined, PlannedLeg[]> {
  const groups = new Map<string | undefined, PlannedLeg[]>();
  for (const leg of legs) {
    const names = buildersOf(leg);
    for (const name of names.length === 0 ? [undefined] : names) {
      groups.set(name, [...(groups.get(name) ?? []), leg]);
    }
  }
  return groups;
}

interface Answering extends Pick<Preflight, "buildersOf" | "warnings"> {
  /** Of builders without which a leg has none. */
  readonly problems: readonly string[];
}

/** Leaves out the builders that do not answer, as far as each leg has another. */
function withoutSilent(
  inspected: readonly InspectedFor[],
  { buildersOf }: PreflightOptions,
): Answering {
  const silent = inspected.filter(({ problem }) => problem !== undefined);
  const isSilent = (name: string): boolean => silent.some((other) => other.name === name);
  const leftFor = (leg: PlannedLeg): readonly string[] =>
    buildersOf(leg).filter((name) => !isSilent(name));
  const isNeeded = ({ legs: its }: InspectedFor): boolean =>
    its.some((leg) => leftFor(leg).length === 0);
  const others = ({ legs: its }: InspectedFor): string =>
    [...new Set(its.flatMap(leftFor))].map((name) => `"${name}"`).join(" and ");
  return {
    // A parent that turns out to be missing is built, too, and may have no other.
    buildersOf: (leg) => {
      const left = leftFor(leg);
      return left.length === 0 ? buildersOf(leg) : left;
    },
    problems: silent.filter(isNeeded).map(({ problem, hint }) => withHint(problem ?? "", hint)),
    warnings: silent
      .filter((one) => !isNeeded(one))
      .map((one) => `${one.problem ?? ""}; building on ${others(one)}`),
  };
}

async function registryProblems(
  { cacheRepository, trust }: Plan,
  { client, signal }: PreflightOptions,
): Promise<string[]> {
  // A run that only reads continues without it: the look-up of the legs has warned already.
  if (cacheRepository === null || !trust.writesLegs) return [];
  try {
    await client.ping(parseRepository(cacheRepository).host, { signal });
    return [];
  } catch (error) {
    return [`the cache repository ${cacheRepository} is not available: ${explain(error)}`];
  }
}

interface InspectedFor {
  /** Undefined: buildx's choice. */
  readonly name: string | undefined;
  readonly legs: readonly PlannedLeg[];
  readonly builder?: Builder;
  /** Why there is no builder, and what to try. */
  readonly problem?: string;
  readonly hint?: string | undefined;
}

async function inspectFor(
  name: string | undefined,
  legs: readonly PlannedLeg[],
  { inspector, signal }: PreflightOptions,
): Promise<InspectedFor> {
  try {
    return { name, legs, builder: await inspector.inspect(name) };
  } catch (error) {
    if (signal?.aborted === true || !(error instanceof LayerkeepError)) throw error;
    return { name, legs, problem: messageOf(error), hint: error.hint };
  }
}

function deadWarnings(builder: Builder): string[] {
  return deadNodes(builder).map(
    ({ name, endpoint, error }) =>
      `builder "${builder.name}": its node "${name}" at ${endpoint} did not respond (${error ?? ""}); building on its other nodes`,
  );
}

function platformProblems(builder: Builder, legs: readonly PlannedLeg[]): string[] {
  return legs.flatMap(({ id, runsOn, build }) =>
    runsOn
      .filter((platform) => !runsPlatform(builder, platform))
      .map((platform) => {
        const why =
          platform === build.buildPlatform
            ? ", which the plan assumed for the build machine (BUILDPLATFORM)"
            : "";
        return `${id}: builder "${builder.name}" does not support ${platform}${why} (it supports ${platforms(builder)}${deadOf(builder)}). Set a builder that supports it in builders:${why === "" ? "" : ", or a runner for the platform in runners:"}, or install emulation (docker run --privileged --rm tonistiigi/binfmt --install all)`;
      }),
  );
}

function platforms(builder: Builder): string {
  return [...new Set(livingNodes(builder).flatMap((node) => node.platforms))].join(", ");
}

function deadOf(builder: Builder): string {
  return deadNodes(builder)
    .map(({ name, endpoint, error }) => {
      return `; its node "${name}" at ${endpoint} did not respond: ${error ?? ""}`;
    })
    .join("");
}

function cacheProblems(builder: Builder, legs: readonly PlannedLeg[]): string[] {
  const types = new Set(legs.flatMap((leg) => leg.cache.to.map((cache) => cache.type)));
  return [...types].flatMap((type) => {
    const problem = exportProblem(builder, type);
    if (problem === undefined) return [];
    const { why, advice } = problem;
    return [
      `builder "${builder.name}" (driver ${builder.driver}) cannot export a cache of type ${type}: ${why}. ${advice.charAt(0).toUpperCase()}${advice.slice(1)}`,
    ];
  });
}

/** With its older image store, Docker's own builder writes neither caches nor OCI layouts. */
function previewProblems(builder: Builder, legs: readonly PlannedLeg[]): string[] {
  const none = legs.every(({ preview }) => preview === null);
  if (none || exportsCaches(builder, "local")) return [];
  return [
    `builder "${builder.name}" (driver ${builder.driver}) cannot write an image for a preview. Turn on Docker's containerd image store, or create a builder that can: docker buildx create --driver docker-container --use`,
  ];
}

async function loopbackProblems(
  { cacheRepository }: Plan,
  builder: Builder,
  buildx: Buildx,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  if (cacheRepository === null || !isLoopback(parseRepository(cacheRepository).host)) return [];
  const why = await whyUnreachable(buildx, builder, cacheRepository, signal);
  if (why === undefined) return [];
  return [
    `builder "${builder.name}" (driver ${builder.driver}) cannot reach ${cacheRepository} on the loopback interface of this machine: ${why}. Create the builder with --driver-opt network=host, use Docker's own builder, or set cache.repository to a repository that the builder can reach`,
  ];
}

/** BuildKit silently skips `type=gha` if its environment is missing. */
function githubCacheProblems(legs: readonly PlannedLeg[], env: NodeJS.ProcessEnv): string[] {
  const all = legs.flatMap((leg) => [...leg.cache.from, ...leg.cache.to]);
  const asked = all.find((cache) => cache.type === "gha");
  if (asked === undefined) return [];
  const { attributes } = asked;
  const hasUrl =
    [
      attributes["url"],
      attributes["url_v2"],
      env["ACTIONS_CACHE_URL"],
      env["ACTIONS_RESULTS_URL"],
    ].join("") !== "";
  const hasToken = (attributes["token"] ?? env["ACTIONS_RUNTIME_TOKEN"] ?? "") !== "";
  if (hasUrl && hasToken) return [];
  return [
    "cache type gha needs ACTIONS_RUNTIME_TOKEN and ACTIONS_RESULTS_URL (or ACTIONS_CACHE_URL). To set them for `run:` steps, use crazy-max/ghaction-github-runtime. Otherwise, choose another cache type",
  ];
}

function explain(error: unknown): string {
  return withHint(messageOf(error), error instanceof LayerkeepError ? error.hint : undefined);
}

function withHint(text: string, hint: string | undefined): string {
  return hint === undefined ? text : `${text} (${hint})`;
}
