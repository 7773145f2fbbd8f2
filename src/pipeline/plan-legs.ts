import type { Config } from "../config/config.ts";
import { messageOf } from "../errors.ts";
import type { Exec } from "../exec.ts";
import { formatRepository, parseReference } from "../oci/reference.ts";
import type { Context } from "../plan/context.ts";
import { createContextHasher } from "../plan/context-files.ts";
import {
  makePlan,
  type PlanOptions,
  type PlanServices,
  type StagedLookUp,
} from "../plan/make-plan.ts";
import type { ResolvePin } from "../plan/pins.ts";
import type { Plan, PlannedLeg } from "../plan/plan.ts";
import type { RegistryClient } from "../registry/client.ts";
import { readEpoch } from "./epoch.ts";
import { explainBuild } from "./explain.ts";
import { findStagedLeg } from "./staged-leg.ts";

export interface PlanLegsOptions
  extends Pick<PlanOptions, "version" | "force" | "cold" | "builder" | "trust"> {
  readonly client: RegistryClient;
  readonly exec: Exec;
  readonly env: NodeJS.ProcessEnv;
  readonly now: Date;
  /** Instead of the config's: `host/path` of the embedded registry. */
  readonly cacheRepository?: string | undefined;
  /** Begin a new epoch. */
  readonly refresh: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Plans with what the registries say: pins of moving inputs, and which legs stand. */
export async function planLegs(
  config: Config,
  context: Context,
  options: PlanLegsOptions,
): Promise<Plan> {
  const { client, signal } = options;
  const configured = config.cache.repository;
  const cacheRepository =
    options.cacheRepository ??
    (configured === undefined ? undefined : formatRepository(configured));
  const epoch = await readEpoch(config, { ...options, cacheRepository });
  const services: PlanServices = {
    resolvePin: pinResolver(client, signal),
    hasher: createContextHasher(),
    findStaged: (legs) => lookUp(client, legs, signal),
  };
  const plan = await makePlan(
    config,
    context,
    { ...options, epoch: epoch.value, cacheRepository },
    services,
  );
  const legs = await Promise.all(
    plan.legs.map(async (leg) =>
      leg.reason === unreadReason ? leg : explainBuild(client, leg, signal),
    ),
  );
  return { ...plan, legs, warnings: [...epoch.warnings, ...plan.warnings] };
}

/** Resolves images by HEAD, which does not count against a pull limit. */
function pinResolver(client: RegistryClient, signal: AbortSignal | undefined): ResolvePin {
  return async (kind, ref) => {
    if (kind !== "image" && kind !== "syntax") {
      return { resolved: null, note: "a remote source goes to the engine as written" };
    }
    try {
      const reference = parseReference(ref);
      if (reference.digest !== undefined) return { resolved: reference.digest };
      const found = await client.headManifest(
        { ...reference, tag: reference.tag ?? "latest" },
        { signal },
      );
      if (found !== undefined) return { resolved: found.digest };
      return {
        resolved: null,
        note: "its registry does not have it; the engine gets it as written",
      };
    } catch (error) {
      if (signal?.aborted === true) throw error;
      return { resolved: null, note: `${messageOf(error)}; the engine gets it as written` };
    }
  };
}

const unreadReason = "the cache repository could not be read";

/** A registry that cannot be read makes every leg one to build, and says so. */
async function lookUp(
  client: RegistryClient,
  legs: readonly PlannedLeg[],
  signal: AbortSignal | undefined,
): Promise<StagedLookUp> {
  const whole = new Set<string>();
  const unusable = new Map<string, string>();
  let failure: unknown;
  let failed = 0;
  const looked = legs.map(async (leg) => {
    if (leg.staged === null) return;
    try {
      const found = await findStagedLeg(client, leg, leg.staged.leg, signal);
      if (found.state === "whole") whole.add(leg.id);
      if (found.state === "unusable") unusable.set(leg.id, found.why);
    } catch (error) {
      if (signal?.aborted === true) throw error;
      failure = error;
      failed += 1;
      unusable.set(leg.id, unreadReason);
    }
  });
  await Promise.all(looked);
  const warnings = failed === 0 ? [] : [unread(failed, failure)];
  return { whole, unusable, warnings };
}

/** Said once, with one of the answers: 500 legs fail alike. */
function unread(failed: number, error: unknown): string {
  const which = failed === 1 ? "a leg counts" : `${failed} legs count`;
  return `${unreadReason}, so ${which} as not staged: ${messageOf(error)}`;
}
