import { UsageError } from "../../errors.ts";
import { longestFirst, shareOut, sum, total } from "./even-shares.ts";

/** GitHub: a matrix makes at most 256 jobs. */
export const mostJobs = 256;
/**
 * Characters of a matrix's JSON. GitHub accepts 1 MB of outputs from a job, measured in UTF-16: two
 * bytes per character. We stay a tenth below.
 */
export const mostCharacters = 450_000;
/** A job, as far as distributing it needs. */
interface MatrixedJob {
  readonly seconds: number;
  /** Length of its JSON, with a comma. */
  readonly characters: number;
  /** Whether one of its legs is one of several of its variant. */
  readonly joined: boolean;
}

/** Jobs that should be in one matrix. */
export interface Unit<J extends MatrixedJob> {
  readonly jobs: readonly J[];
  readonly seconds: number;
  readonly joined: boolean;
}

interface Bin<J extends MatrixedJob> {
  readonly units: Unit<J>[];
  jobs: number;
  characters: number;
}

/** Whether one matrix holds all jobs. */
export function fitsOne(jobs: readonly MatrixedJob[]): boolean {
  return jobs.length <= mostJobs && sum(jobs, ({ characters }) => characters) <= mostCharacters;
}

/** The fewest matrices that hold the units. */
export function asFewAsHold<J extends MatrixedJob>(units: readonly Unit<J>[]): Bin<J>[] {
  if (units.length === 0) return [];
  const jobs = units.flatMap((unit) => unit.jobs);
  const characters = sum(jobs, (job) => job.characters);
  const least = Math.max(
    1,
    Math.ceil(jobs.length / mostJobs),
    Math.ceil(characters / mostCharacters),
  );
  // Rather one more matrix than a variant in two of them.
  const bins = spread(units, least, "whole") ?? spread(units, least + 1, "parted");
  if (bins !== undefined) return bins;
  throw new UsageError(
    "the names of the legs that must share one job are longer than 1 MB in total, GitHub's limit for a matrix",
  );
}

/** Exactly `count` matrices, the two kinds of units apart if there is room. */
export function exactly<J extends MatrixedJob>(
  count: number,
  joined: readonly Unit<J>[],
  single: readonly Unit<J>[],
): Bin<J>[] {
  const kinds = [joined, single].filter((units) => units.length > 0);
  const shares = shareOut(
    count,
    kinds.map((units) => ({ weight: total(units), most: Infinity })),
  );
  const apart = kinds.map((units, index) => spread(units, shares[index] ?? 1, "whole"));
  const whole = apart.flatMap((bins) => bins ?? []);
  if (kinds.length <= count && whole.length === count) return whole;
  // If the kinds do not fit apart, they share.
  const bins = spread([...joined, ...single], count, "parted");
  if (bins !== undefined) return bins;
  throw new UsageError(
    `the jobs do not fit into ${count === 1 ? "one matrix" : `${count} matrices`}`,
    {
      hint: "each shard is one matrix, with at most 256 jobs and 1 MB of JSON: set --shards to a higher number",
    },
  );
}

/**
 * Distributes units over `count` bins, the longest first, to the one with the least; undefined if
 * there is no room. `parted`: a variant that fits into no bin as a whole is split.
 */
function spread<J extends MatrixedJob>(
  units: readonly Unit<J>[],
  count: number,
  how: "whole" | "parted",
): Bin<J>[] | undefined {
  const bins = Array.from({ length: count }, (): Bin<J> => ({ units: [], jobs: 0, characters: 0 }));
  const loads = new Array<number>(count).fill(0);
  const queue = longestFirst(units);
  for (const unit of queue) {
    if (place(unit)) continue;
    const parts = how === "parted" ? unit.jobs : [];
    if (parts.length === 0) return undefined;
    for (const job of parts) {
      if (!place({ jobs: [job], seconds: job.seconds, joined: job.joined })) return undefined;
    }
  }
  return bins;

  function place(unit: Unit<J>): boolean {
    const characters = sum(unit.jobs, (job) => job.characters);
    let best: number | undefined;
    for (const [index, bin] of bins.entries()) {
      const room =
        bin.jobs + unit.jobs.length <= mostJobs && bin.characters + characters <= mostCharacters;
      if (room && (best === undefined || (loads[index] ?? 0) < (loads[best] ?? 0))) best = index;
    }
    const bin = best === undefined ? undefined : bins[best];
    if (bin === undefined || best === undefined) return false;
    bin.units.push(unit);
    bin.jobs += unit.jobs.length;
    bin.characters += characters;
    loads[best] = (loads[best] ?? 0) + unit.seconds;
    return true;
  }
}
