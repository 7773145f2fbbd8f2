import { UsageError } from "../../errors.ts";
import { balance, longestFirst, shareOut, total } from "./even-shares.ts";
import { type Bundle, planLevels } from "./levels.ts";
import { type TimedLeg, timeLegs } from "./timed-legs.ts";
import type { Plan, PlannedLeg } from "../plan.ts";
import {
  asFewAsHold,
  exactly,
  fitsOne,
  mostCharacters,
  mostJobs,
  type Unit,
} from "./shard-bins.ts";

/** One job of a CI's matrix: a leg, or several in a row with a space between their names. */
export interface MatrixJob {
  readonly leg: string;
  readonly variant: string;
  readonly platform: string;
  readonly runner: string | null;
  /** The expected duration; left out if the logs have none of its legs. */
  readonly seconds?: number;
  /** Its legs need only those of levels before; left out if there is one level. */
  readonly level?: number;
}

/** A matrix in GitHub Actions' format. */
export interface Shard {
  readonly include: readonly MatrixJob[];
}

export interface ShardOptions {
  /** Seconds by leg, if its log has a finished build. */
  readonly durations: ReadonlyMap<string, number>;
  /** The exact number of matrices of each level; undefined: the fewest that hold all jobs. */
  readonly shards?: number | undefined;
  /**
   * The maximum number of jobs of each level; legs share jobs if there are more legs. Undefined:
   * one per leg.
   */
  readonly maxJobs?: number | undefined;
  /**
   * The exact number of levels: longer chains share jobs, and levels that no leg needs are empty.
   * Undefined: as many as the legs need.
   */
  readonly levels?: number | undefined;
}

/** The most matrices that anyone writes jobs for by hand. */
export const mostShards = 100;

/**
 * Distributes the legs that a plan builds over matrices of jobs: longest first, balanced by their
 * expected durations, legs of one variant beside each other. If there are several matrices, those
 * of variants with several platforms come first and hold no others, so that such a variant is
 * published without waiting for the rest. Legs that are built on others that build come in matrices
 * of a later level. The same plan and durations produce the same matrices. Throws a usage error if
 * they cannot hold the legs.
 */
export function planShards(
  plan: Pick<Plan, "legs" | "variants" | "trust">,
  options: ShardOptions,
): Shard[] {
  const count = options.shards;
  if (count !== undefined && count > mostShards) {
    throw new UsageError(`at most ${mostShards} shards are allowed`);
  }
  const legs = timeLegs(plan, options.durations);
  const levels = levelsOf(plan, legs, options.levels);
  return levels.flatMap((bundles, level) =>
    shardsOf(bundles, levels.length > 1 ? level : undefined, options),
  );
}

/** If nothing is staged, no job can wait for another: each builds its legs' parents with them. */
function levelsOf(
  { trust }: Pick<Plan, "trust">,
  legs: readonly TimedLeg[],
  wanted: number | undefined,
): readonly (readonly Bundle[])[] {
  const alone = legs.map((one) => ({ legs: [one], seconds: one.seconds }));
  const levels = trust.writesLegs ? planLevels(legs, wanted) : [alone];
  const empty = Array.from({ length: (wanted ?? 0) - levels.length }, () => []);
  return [...levels, ...empty];
}

function shardsOf(
  bundles: readonly Bundle[],
  level: number | undefined,
  options: ShardOptions,
): Shard[] {
  const count = options.shards;
  const jobs = packJobs(bundles, level, options);
  const units = unitsOf(jobs);
  const joined = units.filter((unit) => unit.joined);
  const single = units.filter((unit) => !unit.joined);
  const whole = count === 1 || (count === undefined && fitsOne(jobs));
  const bins =
    count !== undefined && !whole
      ? exactly(count, joined, single)
      : [...asFewAsHold(joined), ...asFewAsHold(single)];
  const shards = whole ? [shardOf(units)] : bins.map((bin) => shardOf(bin.units));
  for (const shard of shards) refuseTooLarge(shard);
  return shards;
}

interface Job {
  readonly legs: readonly TimedLeg[];
  readonly seconds: number;
  readonly joined: boolean;
  readonly entry: MatrixJob;
  /** Length of the entry's JSON, with a comma. */
  readonly characters: number;
}

/** One job for each bundle, or fewer, shared by bundles of one runner. */
function packJobs(
  bundles: readonly Bundle[],
  level: number | undefined,
  { shards, maxJobs }: ShardOptions,
): Job[] {
  const most = Math.min(maxJobs ?? Infinity, shards === undefined ? Infinity : shards * mostJobs);
  if (bundles.length <= most) return bundles.map(({ legs }) => jobOf(legs, level));
  const groups = [...groupBy(bundles, ({ legs }) => legs[0]?.leg.runner ?? "").values()];
  if (groups.length > most) {
    throw new UsageError(
      `${groups.length} kinds of runners need at least ${groups.length} jobs, but the limit is ${most}`,
      {
        hint: "each job runs on only one runner, so allow more jobs",
      },
    );
  }
  const shares = shareOut(
    most,
    groups.map((group) => ({ weight: total(group), most: group.length })),
  );
  return groups.flatMap((group, index) => {
    const bins = balance(group, shares[index] ?? 1);
    return bins.map((held) => {
      const ordered = [...held].sort(joinedFirst);
      return jobOf(
        ordered.flatMap(({ legs }) => legs),
        level,
      );
    });
  });
}

/** Legs of variants with several platforms are built first. */
function joinedFirst(a: Bundle, b: Bundle): number {
  return Number(isJoined(b.legs)) - Number(isJoined(a.legs));
}

function isJoined(legs: readonly TimedLeg[]): boolean {
  return legs.some(({ joined }) => joined);
}

function jobOf(legs: readonly TimedLeg[], level: number | undefined): Job {
  const seconds = total(legs);
  const [first] = legs;
  const words = (of: (leg: PlannedLeg) => string): string =>
    [...new Set(legs.map(({ leg }) => of(leg)))].join(" ");
  const entry: MatrixJob = {
    leg: words(({ id }) => id),
    variant: words(({ variant }) => variant),
    platform: words(({ platform }) => platform),
    runner: first?.leg.runner ?? null,
    ...(legs.some(({ known }) => known) ? { seconds: Math.round(seconds) } : {}),
    ...(level === undefined ? {} : { level }),
  };
  const characters = JSON.stringify(entry).length + 1;
  return { legs, seconds, joined: isJoined(legs), entry, characters };
}

/**
 * The jobs of one variant; a job that several variants share is a unit of its own. Longest first.
 */
function unitsOf(jobs: readonly Job[]): Unit<Job>[] {
  return [...groupBy(jobs, ({ entry }) => entry.variant).values()]
    .map((group) => {
      const ordered = longestFirst(group);
      return { jobs: ordered, seconds: total(group), joined: group.some(({ joined }) => joined) };
    })
    .sort((a, b) => longestOf(b) - longestOf(a));
}

function longestOf({ jobs }: Unit<Job>): number {
  return jobs[0]?.seconds ?? 0;
}

function shardOf(units: readonly Unit<Job>[]): Shard {
  const ordered = [...units].sort(
    (a, b) => Number(b.joined) - Number(a.joined) || longestOf(b) - longestOf(a),
  );
  return { include: ordered.flatMap(({ jobs }) => jobs.map(({ entry }) => entry)) };
}

function refuseTooLarge(shard: Shard): void {
  if (JSON.stringify(shard).length <= mostCharacters + 100) return;
  throw new UsageError("a matrix would be larger than 1 MB", { hint: "allow more shards" });
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}
