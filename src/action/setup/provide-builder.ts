import { type Builder, inspectBuilder } from "../../buildkit/builder/builder.ts";
import type { Buildx } from "../../buildkit/builder/buildx.ts";
import { exportsCaches } from "../../buildkit/builder/cache-export.ts";
import type { CacheType } from "../../config/config.ts";
import { EngineError, messageOf } from "../../errors.ts";
import { execOk } from "../../exec.ts";

/** The builder that a job wants. */
export interface BuilderWish {
  /** Undefined: the current one, or `layerkeep` if a new one is needed. */
  readonly name: string | undefined;
  /** As `buildx create --driver-opt` takes them. */
  readonly driverOpts: readonly string[];
  /** A file for `buildx create --buildkitd-config`. */
  readonly buildkitdConfig: string | undefined;
  /** The cache that it must be able to export. */
  readonly cache: CacheType;
}

/** The builder to use, and where it comes from. */
export interface ProvidedBuilder {
  readonly name: string;
  readonly origin: "found" | "created";
  /** What the wish has that an existing builder may not have. */
  readonly warning?: string;
}

const ownName = "layerkeep";
/** Creating one pulls BuildKit's image. */
const createTimeoutMs = 300_000;

/**
 * Finds a builder that can export the config's caches, or creates one with the driver
 * `docker-container`. Throws an engine error if there is no engine, or if the named builder cannot
 * do it.
 */
export async function provideBuilder(
  wish: BuilderWish,
  buildx: Buildx,
  signal: AbortSignal,
): Promise<ProvidedBuilder> {
  const { name, driverOpts, buildkitdConfig, cache } = wish;
  const hasOptions = driverOpts.length > 0 || buildkitdConfig !== undefined;
  if (!hasOptions) {
    const builder = await inspectBuilder(buildx, name, signal);
    if (exportsCaches(builder, cache)) return { name: builder.name, origin: "found" };
    if (name !== undefined) throw incapable(builder, cache);
  }
  const wanted = name ?? ownName;
  const existing = await findBuilder(buildx, wanted, signal);
  if (existing === undefined) {
    await create(wanted, wish, buildx, signal);
    return { name: wanted, origin: "created" };
  }
  if (!exportsCaches(existing, cache)) throw incapable(existing, cache);
  if (!hasOptions) return { name: wanted, origin: "found" };
  const warning = `using the existing builder ${wanted} unchanged: driver-opts and buildkitd-config apply only to new builders`;
  return { name: wanted, origin: "found", warning };
}

/** Undefined if there is none of this name. */
async function findBuilder(
  buildx: Buildx,
  name: string,
  signal: AbortSignal,
): Promise<Builder | undefined> {
  try {
    return await inspectBuilder(buildx, name, signal);
  } catch (error) {
    if (error instanceof EngineError && /no builder .* found/i.test(messageOf(error))) {
      return undefined;
    }
    throw error;
  }
}

async function create(
  name: string,
  { driverOpts, buildkitdConfig }: BuilderWish,
  { path, env, exec }: Buildx,
  signal: AbortSignal,
): Promise<void> {
  const argv = [
    ...[path, "create", "--name", name, "--driver", "docker-container", "--bootstrap"],
    ...driverOpts.flatMap((option) => ["--driver-opt", option]),
    ...(buildkitdConfig === undefined ? [] : ["--buildkitd-config", buildkitdConfig]),
  ];
  const purpose = `creating the builder ${name}`;
  await execOk(exec, argv, { env, purpose, signal, timeout: createTimeoutMs });
}

function incapable({ name, driver }: Builder, cache: CacheType): EngineError {
  return new EngineError(
    `builder "${name}" (driver ${driver}) cannot export a cache of type ${cache}`,
    { hint: 'leave the input "builder" empty to create a builder that supports this cache type' },
  );
}
