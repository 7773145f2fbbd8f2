import {
  type Builder,
  type BuilderInspector,
  deadNodes,
  exportsCaches,
  livingNodes,
  runsPlatform,
} from "../../buildkit/builder/builder.ts";
import type { Buildx } from "../../buildkit/builder/buildx.ts";
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
  readonly builderOf: (leg: PlannedLeg) => string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What builds run with after a successful preflight. */
export interface Preflight extends AsyncDisposable {
  /** Without the nodes that do not answer, until this is disposed of. */
  readonly buildx: Buildx;
  /** One sentence for each node that does not answer, if its builder has others. */
  readonly warnings: readonly string[];
}

/**
 * Finds, before the first build, what would make builds fail or silently skip their caches: an
 * engine that does not answer, a platform that it does not run, a driver that cannot export the
 * cache, a registry that is not available, or that the builder cannot reach. Throws one engine
 * error that lists all problems. A node that does not answer is a warning if its builder has
 * others.
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
    const all = [
      ...unserved,
      ...inspected.flatMap(({ problem }) => problem ?? []),
      ...found.flatMap(({ builder, legs: its }) => platformProblems(builder, its)),
      ...found.flatMap(({ builder, legs: its }) => cacheProblems(builder, its)),
      // If a registry is not available, the builder is not to blame for not reaching it.
      ...(unserved.length > 0 ? [] : unreached.flat()),
      ...githubCacheProblems(legs, options.buildx.env),
    ];
    if (all.length > 0) throw new EngineError([...new Set(all)].join("\n"));
    return { ...ready, warnings: [...new Set(builders.flatMap(deadWarnings))] };
  } catch (error) {
    await ready[Symbol.asyncDispose]();
    throw error;
  }
}

function byBuilder(
  legs: readonly PlannedLeg[],
  { builderOf }: PreflightOptions,
): Map<string | undefined, PlannedLeg[]> {
  const groups = new Map<string | undefined, PlannedLeg[]>();
  for (const leg of legs) {
    const name = builderOf(leg);
    groups.set(name, [...(groups.get(name) ?? []), leg]);
  }
  return groups;
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
  readonly legs: readonly PlannedLeg[];
  readonly builder?: Builder;
  /** Why there is no builder. */
  readonly problem?: string;
}

async function inspectFor(
  name: string | undefined,
  legs: readonly PlannedLeg[],
  { inspector, signal }: PreflightOptions,
): Promise<InspectedFor> {
  try {
    return { legs, builder: await inspector.inspect(name) };
  } catch (error) {
    if (signal?.aborted === true || !(error instanceof LayerkeepError)) throw error;
    return { legs, problem: explain(error) };
  }
}

function deadWarnings(builder: Builder): string[] {
  return deadNodes(builder).map(
    ({ name, endpoint, error }) =>
      `builder "${builder.name}": its node "${name}" at ${endpoint} does not answer (${error ?? ""}); building on its other nodes`,
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
        return `${id}: builder "${builder.name}" does not run ${platform}${why} (it runs ${platforms(builder)}${deadOf(builder)}); choose one that does in builders:${why === "" ? "" : ", or the runner of the platform in runners:"}, or install emulation (docker run --privileged --rm tonistiigi/binfmt --install all)`;
      }),
  );
}

function platforms(builder: Builder): string {
  return [...new Set(livingNodes(builder).flatMap((node) => node.platforms))].join(", ");
}

function deadOf(builder: Builder): string {
  return deadNodes(builder)
    .map(({ name, endpoint, error }) => {
      return `; its node "${name}" at ${endpoint} does not answer: ${error ?? ""}`;
    })
    .join("");
}

function cacheProblems(builder: Builder, legs: readonly PlannedLeg[]): string[] {
  const types = new Set(legs.flatMap((leg) => leg.cache.to.map((cache) => cache.type)));
  const refused = [...types].filter((type) => !exportsCaches(builder, type));
  return refused.map((type) => {
    const store =
      type === "s3" || type === "azblob" ? "" : "turn on Docker's containerd image store, or ";
    return `builder "${builder.name}" (driver ${builder.driver}) cannot export a cache of type ${type}; ${store}create a builder that can: docker buildx create --driver docker-container --use`;
  });
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
    `builder "${builder.name}" (driver ${builder.driver}) cannot reach ${cacheRepository}, which is on this machine's loopback: ${why}; create the builder with --driver-opt network=host, use Docker's own builder, or set cache.repository to a repository that it reaches`,
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
    "cache type gha needs ACTIONS_RUNTIME_TOKEN and ACTIONS_RESULTS_URL (or ACTIONS_CACHE_URL), and BuildKit silently skips it without them; in a run: step of a workflow, provide them with crazy-max/ghaction-github-runtime, elsewhere choose another cache type",
  ];
}

function explain(error: unknown): string {
  const hint = error instanceof LayerkeepError ? error.hint : undefined;
  return hint === undefined ? messageOf(error) : `${messageOf(error)} (${hint})`;
}
