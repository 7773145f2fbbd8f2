import { messageOf, UsageError } from "../../errors.ts";
import type { Collected } from "../store/collect.ts";
import { type CollectionPolicy, planCollection } from "./policy.ts";
import type { PlanCollection } from "./view.ts";

/** What a registry deletes by itself, and when. Times are in milliseconds; 0 means none. */
export interface CollectionOptions {
  readonly policy: CollectionPolicy;
  /** How long unreferenced content is kept: by default a day, or an hour under `per-repository`. */
  readonly graceMs?: number | undefined;
  /** How long used content is kept, with everything it refers to: by default an hour. */
  readonly leaseMs?: number | undefined;
  /** The interval between runs: by default a tenth of the longer of the two, 1 s to 10 min. */
  readonly everyMs?: number | undefined;
  /**
   * Called after a scheduled run with what it deleted, by repository; not called if that is
   * nothing.
   */
  readonly onCollected?: ((collected: readonly Collected[]) => void) | undefined;
}

export interface Collector {
  /**
   * Collects now, after any current run, and returns what was deleted. These options override those
   * that the registry was started with.
   */
  readonly run: (options?: Partial<CollectionOptions>) => Promise<readonly Collected[]>;
  /** Lets the current run finish, and starts no other. */
  readonly stop: () => Promise<void>;
}

export interface Collectable {
  collect(plan: PlanCollection): Promise<readonly Collected[]>;
}

interface CollectorContext {
  /** The store's clock, in milliseconds. */
  readonly now: () => number;
  readonly onWarning: (message: string) => void;
}

const minute = 60_000;
const defaultLeaseMs = 60 * minute;
/** The longest delay of setTimeout. */
const longestMs = 2 ** 31 - 1;

/** A policy's default grace, in milliseconds. */
export function defaultGraceMs(policy: CollectionPolicy): number {
  return policy === "per-repository" ? 60 * minute : 24 * 60 * minute;
}

/** Collects periodically until it is stopped; never twice at once. */
export function startCollector(
  store: Collectable,
  options: CollectionOptions,
  { now, onWarning }: CollectorContext,
): Collector {
  let running: Promise<unknown> | undefined;
  let stopped = false;

  const collect = async (given: Partial<CollectionOptions> = {}): Promise<readonly Collected[]> => {
    const { policy, graceMs, leaseMs } = checkCollection({ ...options, ...given });
    while (running !== undefined) await running.catch(() => undefined);
    if (stopped) throw new UsageError("the registry is closed");
    const run = store.collect(planCollection(policy, { now, graceMs, leaseMs }));
    running = run;
    try {
      return await run;
    } finally {
      running = undefined;
    }
  };

  const tick = async (): Promise<void> => {
    if (running !== undefined) return;
    try {
      const collected = await collect();
      if (collected.length > 0) options.onCollected?.(collected);
    } catch (error) {
      if (!stopped) onWarning(`garbage collection failed and will be retried: ${messageOf(error)}`);
    }
  };

  const { policy, everyMs } = checkCollection(options);
  const timer = policy === "none" ? undefined : setInterval(() => void tick(), everyMs);
  timer?.unref();
  return {
    run: collect,
    stop: async () => {
      stopped = true;
      clearInterval(timer);
      await running?.catch(() => undefined);
    },
  };
}

/** Collection options with all times filled in. */
interface CheckedCollection {
  readonly policy: CollectionPolicy;
  readonly graceMs: number;
  readonly leaseMs: number;
  readonly everyMs: number;
}

/** Throws a usage error for an invalid time. */
function checkCollection(options: CollectionOptions): CheckedCollection {
  const { policy } = options;
  const graceMs = options.graceMs ?? defaultGraceMs(policy);
  const leaseMs = options.leaseMs ?? defaultLeaseMs;
  const everyMs =
    options.everyMs ?? Math.min(Math.max(Math.max(graceMs, leaseMs) / 10, 1_000), 10 * minute);
  for (const [name, value] of Object.entries({ graceMs, leaseMs })) {
    if (Number.isFinite(value) && value >= 0) continue;
    throw new UsageError(
      `${name} for garbage collection is ${value}; it must be at least 0 milliseconds`,
    );
  }
  if (!(everyMs >= 1 && everyMs <= longestMs)) {
    throw new UsageError(
      `everyMs for garbage collection is ${everyMs}; it must be from 1 to ${longestMs} milliseconds`,
    );
  }
  return { policy, graceMs, leaseMs, everyMs };
}
