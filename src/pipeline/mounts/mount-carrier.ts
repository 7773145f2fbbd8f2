import type { ProgressSummary } from "../../buildkit/progress/progress.ts";
import { parseRepository } from "../../oci/reference.ts";
import type { Plan, PlannedLeg, PlannedMount } from "../../plan/plan.ts";
import type { RegistryClient } from "../../registry/client.ts";
import { readLog } from "../records/build-log.ts";
import { fillMounts } from "./fill-mounts.ts";
import { type Brought, MountGroups } from "./mount-groups.ts";
import { isCarried, type MountOutcome } from "./mount-outcome.ts";
import type { MountedBuild, MountWork, UsedMount } from "./mount-work.ts";
import { ranSteps } from "./ran-steps.ts";
import { saveMounts } from "./save-mounts.ts";
import { type MountHistory, weighedRecords, weighMount } from "./weigh-mount.ts";

export interface MountCarrierOptions {
  readonly client: RegistryClient;
  readonly now: () => Date;
}

/** What became of the mounts of a build. */
export interface CarriedMounts {
  readonly outcomes: readonly MountOutcome[];
  readonly warnings: readonly string[];
}

/** The mounts of a build that is about to start. */
export interface BroughtMounts {
  /** Saves what the build left in them. Without a summary, nothing is known of its steps. */
  end(summary: ProgressSummary | undefined): Promise<CarriedMounts>;
}

interface CarriedMount extends UsedMount {
  readonly history: MountHistory;
  brought: Brought;
}

/**
 * Fills cache mounts from directory caches before the builds of a run, and saves them afterwards.
 * A mount that several legs use at once is filled before the first and saved after the last. What
 * fails is a warning: a build never fails because of its mounts.
 */
export class MountCarrier {
  readonly #plan: Plan;
  readonly #options: MountCarrierOptions;
  readonly #groups = new MountGroups();

  constructor(plan: Plan, options: MountCarrierOptions) {
    this.#plan = plan;
    this.#options = options;
  }

  /** Fills the mounts of a leg. */
  async bring(build: MountedBuild): Promise<BroughtMounts> {
    const { leg, request, options } = build;
    const { mounts = [] } = leg;
    const { cacheRepository } = this.#plan;
    if (mounts.length === 0 || cacheRepository === null) return noMounts;
    const { client, now } = this.#options;
    const historyOf = await this.#weigh(leg, options.signal);
    const isCold = leg.bypass === "caches";
    const all = mounts.map((mount, number): CarriedMount => {
      const group = this.#groups.of(request.builder, mount);
      const history = historyOf(mount);
      const before = isCold ? "cold" : history.isLoss ? "aside" : "failed";
      return { number, mount, group, history, brought: { before, seconds: 0 } };
    });
    const used = all.filter(({ brought }) => brought.before !== "aside");
    const storage = {
      client,
      repository: parseRepository(cacheRepository),
      signal: options.signal,
    };
    const work = { build, storage, now };
    const usedMounts = used.map(({ mount }) => mount);
    const endTurns = await this.#groups.takeTurns(request.builder, usedMounts);
    for (const { group } of used) group.active += 1;
    try {
      // BuildKit gives a build without caches new mounts, which replace those that it has.
      if (isCold) for (const { group } of used) startAgain(group);
      else await bringTogether(used, work);
    } catch (error) {
      for (const { group } of used) group.active -= 1;
      endTurns();
      throw error;
    }
    return { end: (summary) => endAll(all, work, summary).finally(endTurns) };
  }

  /** A log that cannot be read tells nothing. */
  async #weigh(
    { staged }: PlannedLeg,
    signal: AbortSignal | undefined,
  ): Promise<(mount: PlannedMount) => MountHistory> {
    const { client } = this.#options;
    const records =
      staged === null
        ? []
        : await readLog(client, staged.log, { last: weighedRecords, signal }).catch(() => []);
    const builds = records.map(({ mounts = [] }) => mounts);
    return ({ id }) => weighMount(id, builds);
  }
}

const noMounts: BroughtMounts = { end: () => Promise.resolve({ outcomes: [], warnings: [] }) };

function startAgain(group: UsedMount["group"]): void {
  group.replaces = true;
  group.base = undefined;
  group.brought = Promise.resolve({ before: "cold", seconds: 0 });
}

/** Fills the mounts that no other leg has filled, and waits for those that are being filled. */
async function bringTogether(used: readonly CarriedMount[], work: MountWork): Promise<void> {
  const fresh = used.filter(({ group }) => group.brought === undefined);
  if (fresh.length > 0) {
    const filling = fillMounts(fresh, work);
    for (const { number, group, brought } of fresh) {
      group.brought = filling.then((results) => results.get(number) ?? brought);
      // If the run is interrupted, all legs end.
      group.brought.catch(() => undefined);
    }
  }
  for (const one of used) {
    const { before, ...rest } = (await one.group.brought) ?? one.brought;
    // What it took is counted once.
    one.brought = fresh.includes(one) ? { before, ...rest } : { before, seconds: 0 };
  }
}

async function endAll(
  all: readonly CarriedMount[],
  work: MountWork,
  summary: ProgressSummary | undefined,
): Promise<CarriedMounts> {
  const steps = summary?.steps ?? [];
  const ended = all.map((one) => ({ ...one, ran: ranSteps(one.mount, steps) }));
  const due = ended.filter(({ group, mount, ran, brought }) => {
    if (brought.before === "aside") return false;
    group.active -= 1;
    if (ran.ran > 0 && mount.to !== null) group.isUsed = true;
    if (group.active > 0 || !group.isUsed) return false;
    group.isUsed = false;
    return true;
  });
  const isInterrupted = work.build.options.signal?.aborted === true;
  const saved = await saveMounts(isInterrupted ? [] : due, work);
  const outcomes = ended.map((one): MountOutcome => {
    const { before, filled, seconds } = one.brought;
    const own = saved.results.get(one.number);
    const { secondsWithout } = one.history;
    const isWeighed = isCarried({ before }) && one.ran.ran > 0 && secondsWithout !== undefined;
    return {
      id: one.mount.id,
      before,
      ...(filled === undefined ? {} : { filled }),
      steps: one.ran,
      after: own?.after ?? whyNotSaved(one),
      ...(own?.saved === undefined ? {} : { saved: own.saved }),
      seconds: rounded(seconds + (own?.seconds ?? 0)),
      ...(isWeighed ? { won: rounded(secondsWithout - one.ran.seconds) } : {}),
    };
  });
  const unfilled = ended.flatMap(({ brought }) => brought.warning ?? []);
  return { outcomes, warnings: [...unfilled, ...saved.warnings] };
}

/** To milliseconds. */
function rounded(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}

function whyNotSaved({
  mount,
  brought,
  ran,
}: CarriedMount & { readonly ran: MountOutcome["steps"] }): MountOutcome["after"] {
  if (brought.before === "aside") return "aside";
  if (ran.ran === 0) return "not-run";
  return mount.to === null ? "read-only" : "later";
}
