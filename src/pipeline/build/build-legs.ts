import type { Buildx } from "../../buildkit/builder/buildx.ts";
import type { BegunStep, LogLine, Progress } from "../../buildkit/progress/progress.ts";
import { UsageError } from "../../errors.ts";
import { nearest } from "../../nearest.ts";
import type { Plan, PlannedLeg } from "../../plan/plan.ts";
import type { InputCheck } from "../../plan/recheck.ts";
import type { RegistryClient } from "../../registry/client.ts";
import { buildLeg, type LegResult } from "./build-leg.ts";
import { rememberEpoch } from "../resolve/epoch.ts";
import type { BuildRecord } from "../records/build-record.ts";

export interface BuildLegsOptions {
  readonly client: RegistryClient;
  readonly buildx: Buildx;
  /** Absolute path of the config's folder. */
  readonly root: string;
  /** The whole environment: secrets may name variables of it. */
  readonly env: NodeJS.ProcessEnv;
  readonly check: InputCheck;
  /** Builder for a leg; undefined leaves the choice to buildx. */
  readonly builderOf: (leg: PlannedLeg) => string | undefined;
  /** How many builds run at once. */
  readonly jobs: number;
  readonly now: () => Date;
  readonly signal: AbortSignal;
  readonly writeLocalRecord: (record: BuildRecord) => Promise<void>;
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
      readonly done: number;
      readonly cached: number;
      readonly lines: readonly LogLine[];
    }
  | { readonly type: "ended"; readonly result: LegResult };

/**
 * Builds legs, several at once. A leg that fails does not stop the others. An abort ends the
 * running builds and starts no more; the results so far are returned.
 */
export async function buildLegs(
  plan: Plan,
  legs: readonly PlannedLeg[],
  options: BuildLegsOptions,
): Promise<readonly LegResult[]> {
  await rememberEpoch(plan, options.client, options.signal);
  const results: LegResult[] = [];
  const queue = legs.values();
  const worker = async (): Promise<void> => {
    for (const leg of queue) {
      if (options.signal.aborted) return;
      const result = await runOne(plan, leg, options);
      if (result === undefined) return;
      results.push(result);
      options.onEvent({ type: "ended", result });
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.jobs, legs.length) }, worker));
  const order = new Map(legs.map((leg, index) => [leg.id, index]));
  return results.sort((a, b) => (order.get(a.leg) ?? 0) - (order.get(b.leg) ?? 0));
}

/**
 * The legs that the names select: a leg's id or a variant's name; all legs if there are no names.
 */
export function chooseLegs(plan: Plan, names: readonly string[]): readonly PlannedLeg[] {
  const known = plan.legs.flatMap((leg) => [leg.id, leg.variant]);
  const problems = names
    .filter((name) => !known.includes(name))
    .map((name) => {
      const near = nearest(name, known);
      const hint =
        near === undefined
          ? `the plan has ${[...new Set(known)].join(", ")}`
          : `did you mean ${near}?`;
      return { message: `the plan has no leg or variant "${name}"`, hint };
    });
  if (problems.length > 0) throw new UsageError(problems);
  if (names.length === 0) return plan.legs;
  return plan.legs.filter((leg) => names.includes(leg.id) || names.includes(leg.variant));
}

async function runOne(
  plan: Plan,
  leg: PlannedLeg,
  options: BuildLegsOptions,
): Promise<LegResult | undefined> {
  options.onEvent({ type: "started", leg: leg.id });
  try {
    return await buildLeg(plan, leg, {
      ...options,
      builder: options.builderOf(leg),
      onProgress: (progress: Progress, lines: readonly LogLine[]) => {
        const counts = progress.counts();
        options.onEvent({
          type: "progress",
          leg: leg.id,
          step: progress.current,
          begun: progress.takeBegun(),
          lines,
          ...counts,
        });
      },
    });
  } catch (error) {
    if (options.signal.aborted) return undefined;
    throw error;
  }
}
