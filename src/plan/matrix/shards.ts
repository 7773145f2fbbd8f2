import { UsageError } from "../../errors.ts";
import { balance, longestFirst, shareOut, total } from "./even-shares.ts";
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
}

/** A matrix in GitHub Actions' format. */
export interface Shard {
  readonly include: readonly MatrixJob[];
}

export interface ShardOptions {
  /** Seconds by leg, if its log has a finished build. */
  readonly durations: ReadonlyMap<string, number>;
  /** The exact number of matrices; undefined: the fewest that hold all jobs. */
  readonly shards?: number | undefined;
  /** The maximum number of jobs; legs share jobs if there are more legs. Undefined: one per leg. */
  readonly maxJobs?: number | undefined;
}

/** The most matrices that anyone writes jobs for by hand. */
const mostShards = 100;

/**
 * Distributes the legs that a plan builds over matrices of jobs: longest first, balanced by their
 * expected durations, legs of one variant beside each other. If there are several matrices, those
 * of variants with several platforms come first and hold no others, so that such a variant is
 * published without waiting for the rest. The same plan and durations produce the same matrices.
 * Throws a usage error if they cannot hold the legs.
 */
export function planShards(plan: Pick<Plan, "legs" | "variants">, options: ShardOptions): Shard[] {
  const count = options.shards;
  if (count !== undefined && count > mostShards) {
    throw new UsageError(`at most ${mostShards} shards are allowed`);
  }
  const jobs = packJobs(timeLegs(plan, options.durations), options);
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

interface TimedLeg {
  readonly leg: PlannedLeg;
  readonly seconds: number;
  readonly known: boolean;
  /** Whether its variant has several platforms. */
  readonly joined: boolean;
}

/** The legs to build; one of unknown duration gets the median. */
function timeLegs(
  { legs, variants }: Pick<Plan, "legs" | "variants">,
  durations: ReadonlyMap<string, number>,
): TimedLeg[] {
  const building = legs.filter(({ action }) => action === "build");
  const known = building.flatMap(({ id }) => durations.get(id) ?? []).sort((a, b) => a - b);
  // Without any durations, all weigh the same.
  const median = known[Math.floor(known.length / 2)] ?? 1;
  const several = new Set(
    variants.filter((variant) => variant.legs.length > 1).map(({ name }) => name),
  );
  return building.map((leg) => {
    const seconds = durations.get(leg.id);
    const joined = several.has(leg.variant);
    return { leg, seconds: seconds ?? median, known: seconds !== undefined, joined };
  });
}

interface Job {
  readonly legs: readonly TimedLeg[];
  readonly seconds: number;
  readonly joined: boolean;
  readonly entry: MatrixJob;
  /** Length of the entry's JSON, with a comma. */
  readonly characters: number;
}

/** One job for each leg, or fewer, shared by legs of one runner. */
function packJobs(legs: readonly TimedLeg[], { shards, maxJobs }: ShardOptions): Job[] {
  const most = Math.min(maxJobs ?? Infinity, shards === undefined ? Infinity : shards * mostJobs);
  if (legs.length <= most) return legs.map((leg) => jobOf([leg]));
  const groups = [...groupBy(legs, ({ leg }) => leg.runner ?? "").values()];
  if (groups.length > most) {
    throw new UsageError(
      `${groups.length} kinds of runner need at least ${groups.length} jobs, not ${most}`,
      {
        hint: "a job runs on one runner: allow more jobs",
      },
    );
  }
  const shares = shareOut(
    most,
    groups.map((group) => ({ weight: total(group), most: group.length })),
  );
  return groups.flatMap((group, index) => {
    const bins = balance(group, shares[index] ?? 1);
    return bins.map((held) => jobOf([...held].sort(joinedFirst)));
  });
}

/** Legs of variants with several platforms are built first. */
function joinedFirst(a: TimedLeg, b: TimedLeg): number {
  return Number(b.joined) - Number(a.joined);
}

function jobOf(legs: readonly TimedLeg[]): Job {
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
  };
  const characters = JSON.stringify(entry).length + 1;
  return { legs, seconds, joined: legs.some(({ joined }) => joined), entry, characters };
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
