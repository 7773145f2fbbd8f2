import type { Config } from "../config/config.ts";
import type { Exec } from "../exec.ts";
import { formatRepository } from "../oci/reference.ts";
import type { Context } from "../trust/context.ts";
import type { ContentMemory } from "../inputs/files/content-memory.ts";
import { createContextHasher } from "../inputs/files/context-files.ts";
import { type PlanOptions } from "../plan/plan-options.ts";
import { makePlan, type PlanServices } from "../plan/make-plan.ts";
import type { Plan } from "../plan/plan.ts";
import type { RegistryClient } from "../registry/client.ts";
import { readEpoch } from "./resolve/epoch.ts";
import { explainBuilds } from "./explain/explain-build.ts";
import { createContextServices } from "./resolve/context-services.ts";
import { lookUpStaged } from "./stage/look-up-staged.ts";
import { baseConfigReader } from "./resolve/read-base-config.ts";
import { holdingResolver, readHeldPins } from "./resolve/held-pins.ts";
import { pinResolver } from "./resolve/resolve-pin.ts";

export interface PlanLegsOptions
  extends Pick<PlanOptions, "version" | "force" | "cold" | "builder" | "trust" | "machine"> {
  readonly client: RegistryClient;
  readonly exec: Exec;
  readonly env: NodeJS.ProcessEnv;
  readonly now: Date;
  /** Replaces the config's: `host/path` of the embedded registry. */
  readonly cacheRepository?: string | undefined;
  /** Start a new epoch. */
  readonly refresh: boolean;
  readonly signal?: AbortSignal | undefined;
  /** What was read of files, for the checks before and after each build. */
  readonly memory?: ContentMemory | undefined;
}

/** Plans with what the registries return: pins of moving inputs, and which legs are staged. */
export async function planLegs(
  config: Config,
  context: Context,
  options: PlanLegsOptions,
): Promise<Plan> {
  const { client, env, signal } = options;
  const configured = config.cache.repository;
  const cacheRepository =
    options.cacheRepository ??
    (configured === undefined ? undefined : formatRepository(configured));
  const epoch = await readEpoch(config, { ...options, cacheRepository });
  const reading = createContextServices(config, context, options);
  const resolvePin = pinResolver({
    client,
    root: config.root,
    git: options.trust.level === "untrusted" ? undefined : { cwd: config.root, env, signal },
    signal,
  });
  const isHeld = config.holdPins && cacheRepository !== undefined && epoch.value !== undefined;
  const held = isHeld
    ? await readHeldPins(client, cacheRepository, epoch.value, signal)
    : new Map<string, string>();
  const services: PlanServices = {
    resolvePin: holdingResolver(resolvePin, held, client, signal),
    readBase: baseConfigReader(client, config.root, signal),
    hasher: createContextHasher({ ...reading.services, memory: options.memory }),
    findStaged: (legs) => lookUpStaged(client, legs, signal),
  };
  const plan = await makePlan(
    config,
    context,
    { ...options, epoch: epoch.value, cacheRepository },
    services,
  );
  const legs = await explainBuilds(client, plan.legs, signal);
  return { ...plan, legs, warnings: [...epoch.warnings, ...plan.warnings, ...reading.warnings()] };
}
