import type { Buildx } from "../../buildkit/builder/buildx.ts";
import type { BegunStep, LogLine, Progress, StepCounts } from "../../buildkit/progress/progress.ts";
import { ancestorsOf } from "../../inputs/parents/ancestors.ts";
import { selectLegs } from "../../plan/select/select-legs.ts";
import type { Plan, PlannedLeg } from "../../plan/plan.ts";
import type { InputCheck } from "../../plan/recheck.ts";
import type { RegistryClient } from "../../registry/client.ts";
import { maskOf } from "../../secrets.ts";
import { buildLeg, type BuildLegOptions, type LegResult } from "./build-leg.ts";
import { BuilderPool, type GoneBuilder } from "./builders/builder-pool.ts";
import { MountCarrier } from "../mounts/mount-carrier.ts";
import { ParentFailedError } from "./parents/parent-failed.ts";
import { Parents } from "./parents/parents.ts";
import { runInOrder } from "./parents/run-in-order.ts";
import { knownSecrets } from "./known-secrets.ts";
import { rememberPins } from "../resolve/held-pins.ts";
import { rememberEpoch } from "../resolve/epoch.ts";
import type { WriteLocalRecord } from "../records/keep-build.ts";

export interface BuildLegsOptions {
  readonly client: RegistryClient;
  readonly buildx: Buildx;
  /** Absolute path of the config's folder. */
  readonly root: string;
  /** The whole environment: secrets may name variables of it. */
  readonly env: NodeJS.ProcessEnv;
  /** What the registries were given as passwords and tokens so far. */
  readonly credentials?: () => readonly string[];
  readonly check: InputCheck;
  /** The builders that share a leg with others of its platform; none leaves the choice to buildx. */
  readonly buildersOf: (leg: PlannedLeg) => readonly string[];
  /** By leg, which of several builders built it last on this machine. */
  readonly lastBuilders?: ReadonlyMap<string, string> | undefined;
  /** How long legs took the last time: of those that wait, the longest way comes first. */
  readonly seconds?: ReadonlyMap<string, number> | undefined;
  /** How many builds run at once. */
  readonly jobs: number;
  readonly now: () => Date;
  readonly signal: AbortSignal;
  /** Whether to keep what the steps print. */
  readonly keepLogs: boolean;
  readonly writeLocalRecord: WriteLocalRecord;
  readonly onEvent: (event: LegEvent) => void;
}

export type LegEvent =
  | { readonly type: "started"; readonly leg: string }
  | {
      readonly type: "progress";
      readonly leg: string;
      /** The step that started last. */
      readonly step: string;
      /** Steps that started since the last event. */
      readonly begun: readonly BegunStep[];
      readonly steps: StepCounts;
      readonly lines: readonly LogLine[];
    }
  | { readonly type: "ended"; readonly result: LegResult }
  | ({ readonly type: "builder-gone" } & GoneBuilder);

/**
 * Builds legs, several at once, each after its parents. A leg that fails stops only those that are
 * built on it. A parent that is no longer staged is built too, and is among the results. An abort
 * ends the running builds and starts no more; the results so far are returned.
 */
export async function buildLegs(
  plan: Plan,
  legs: readonly PlannedLeg[],
  options: BuildLegsOptions,
): Promise<readonly LegResult[]> {
  await rememberEpoch(plan, options.client, options.signal);
  await rememberPins(plan, options.client, options.signal);
  const secrets = await knownSecrets(plan.legs, options);
  const mask = maskOf([...secrets, ...(options.credentials?.() ?? [])]);
  const results = new Map<string, LegResult>();
  const mounts = new MountCarrier(plan, options);
  const ancestors = ancestorsOf(plan.legs);
  // A leg that is reused needs no parent.
  const needsOf = ({ id, action }: PlannedLeg): readonly string[] =>
    action === "build" ? (ancestors.get(id) ?? []) : [];
  const builders = new BuilderPool({
    ...options,
    onGone: (gone) => options.onEvent({ type: "builder-gone", ...gone }),
  });
  const build = async (leg: PlannedLeg): Promise<LegResult | undefined> => {
    const failed = needsOf(leg).find((id) => results.get(id)?.outcome === "failed");
    const result =
      failed === undefined
        ? await runOne(plan, leg, { ...options, mask, parents, builders, mounts })
        : parentFailed(leg, failed);
    if (result === undefined) return undefined;
    results.set(leg.id, result);
    options.onEvent({ type: "ended", result });
    return result;
  };
  const parents = new Parents(plan, {
    ...options,
    rebuild: async (parent, child) => {
      const result = await build({ ...parent, reason: `${child.id} is built on it` });
      return result !== undefined && result.outcome !== "failed";
    },
  });
  await runInOrder(
    legs,
    {
      idOf: ({ id }) => id,
      needsOf,
      secondsOf: ({ id }) => options.seconds?.get(id) ?? 1,
      jobs: options.jobs,
      signal: options.signal,
    },
    async (leg) => {
      await build(leg);
    },
  );
  const order = new Map(plan.legs.map((leg, index) => [leg.id, index]));
  return [...results.values()].sort((a, b) => (order.get(a.leg) ?? 0) - (order.get(b.leg) ?? 0));
}

function parentFailed({ id }: PlannedLeg, parent: string): LegResult {
  const error = new ParentFailedError(parent);
  return { leg: id, outcome: "failed", error, step: null, seconds: 0, warnings: [] };
}

/**
 * The legs that the names select, for any of the platforms: legs, variants or globs of either. If
 * there are no names, all but those that are left out; if there are no platforms, those for any.
 * Throws a usage error if nothing matches.
 */
export function chooseLegs(
  plan: Plan,
  names: readonly string[],
  platforms: readonly string[] = [],
): readonly PlannedLeg[] {
  const chosen = selectLegs({ names, platforms }, plan.legs, "the plan");
  return names.length > 0 ? chosen : chosen.filter(({ action }) => action !== "skip");
}

async function runOne(
  plan: Plan,
  leg: PlannedLeg,
  options: BuildLegsOptions & Pick<BuildLegOptions, "mask" | "parents" | "builders" | "mounts">,
): Promise<LegResult | undefined> {
  options.onEvent({ type: "started", leg: leg.id });
  try {
    return await buildLeg(plan, leg, {
      ...options,
      onProgress: (progress: Progress, lines: readonly LogLine[]) => {
        options.onEvent({
          type: "progress",
          leg: leg.id,
          step: progress.current,
          begun: progress.takeBegun(),
          steps: progress.counts(),
          lines,
        });
      },
    });
  } catch (error) {
    if (options.signal.aborted) return undefined;
    throw error;
  }
}
