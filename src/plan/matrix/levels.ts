import { UsageError } from "../../errors.ts";
import { byLevel } from "../../inputs/parents/by-level.ts";
import { total } from "./even-shares.ts";
import type { TimedLeg } from "./timed-legs.ts";

/** Legs that are built in one job: one, or parents and what is built on them, parents first. */
export interface Bundle {
  readonly legs: readonly TimedLeg[];
  readonly seconds: number;
}

/**
 * The levels of legs that are built on each other: a leg's parents are in a level before its own,
 * or in its bundle. At least one level, which is empty if there are no legs. If there are more
 * levels than `most`, consecutive ones become one, and what is connected in it becomes one bundle:
 * those levels that make the whole chain take the least time. Throws a usage error if that would
 * put legs of different runners into one job.
 */
export function planLevels(
  legs: readonly TimedLeg[],
  most: number = Infinity,
): readonly (readonly Bundle[])[] {
  const levels = byLevel(legs, idOf, ({ leg }) => leg.parents.map((parent) => parent.leg));
  if (levels.length === 0) return [[]];
  if (levels.length <= most) return levels.map((level) => level.map((one) => bundleOf([one])));
  const costs = levels.map((_, first) => costsFrom(levels, first));
  const ends = cheapestEnds(costs, most);
  if (ends === undefined) throw tooFewLevels(legs, costs, most);
  return ends.map((end, at) => bundlesOf(levels.slice(ends[at - 1] ?? 0, end)));
}

function bundleOf(legs: readonly TimedLeg[]): Bundle {
  return { legs, seconds: total(legs) };
}

/** What is connected within these levels, together. */
function bundlesOf(levels: readonly (readonly TimedLeg[])[]): Bundle[] {
  const groups = new Groups();
  for (const one of levels.flat()) groups.add(one);
  return [...groups.all()].map(bundleOf);
}

/**
 * Of the levels from `first` on, put together up to each one: the seconds of the longest bundle.
 * Shorter than the levels if a bundle would need two runners.
 */
function costsFrom(levels: readonly (readonly TimedLeg[])[], first: number): number[] {
  const groups = new Groups();
  const costs: number[] = [];
  let longest = 0;
  for (const level of levels.slice(first)) {
    for (const one of level) {
      const group = groups.add(one);
      if (group.some(({ leg }) => leg.runner !== one.leg.runner)) return costs;
      longest = Math.max(longest, total(group));
    }
    costs.push(longest);
  }
  return costs;
}

/** Sets of legs that are connected. */
class Groups {
  readonly #of = new Map<string, TimedLeg[]>();

  /** Adds a leg, whose parents were added before, to their group. */
  add(one: TimedLeg): readonly TimedLeg[] {
    const found = one.leg.parents.flatMap((parent) => {
      const group = this.#of.get(parent.leg);
      return group === undefined ? [] : [group];
    });
    const [group = [], ...others] = new Set(found);
    const moved = [...others.flat(), one];
    group.push(...moved);
    for (const { leg } of moved) this.#of.set(leg.id, group);
    return group;
  }

  all(): Set<readonly TimedLeg[]> {
    return new Set(this.#of.values());
  }
}

/**
 * Where to end each of at most `most` groups of consecutive levels, so that their costs together
 * are the least; undefined if no way is possible.
 */
function cheapestEnds(costs: readonly (readonly number[])[], most: number): number[] | undefined {
  interface Way {
    readonly cost: number;
    readonly ends: readonly number[];
  }
  const count = costs.length;
  // Of each number of levels, the best way to divide the levels before it.
  let ways = new Map<number, Way>([[0, { cost: 0, ends: [] }]]);
  for (let used = 0; used < most; used++) {
    const next = new Map<number, Way>();
    for (const [start, way] of ways) {
      if (start === count) next.set(start, better(next.get(start), way));
      for (const [at, seconds] of (costs[start] ?? []).entries()) {
        const end = start + at + 1;
        const longer = { cost: way.cost + seconds, ends: [...way.ends, end] };
        next.set(end, better(next.get(end), longer));
      }
    }
    ways = next;
  }
  const best = ways.get(count);
  return best === undefined ? undefined : [...best.ends];

  function better(known: Way | undefined, other: Way): Way {
    return known === undefined || other.cost < known.cost ? other : known;
  }
}

function tooFewLevels(
  legs: readonly TimedLeg[],
  costs: readonly (readonly number[])[],
  most: number,
): UsageError {
  let least = 0;
  for (let at = 0; at < costs.length; at += Math.max(1, costs[at]?.length ?? 1)) least += 1;
  const runners = new Map(legs.map(({ leg }) => [leg.id, leg.runner]));
  const crossing = legs.flatMap(({ leg }) =>
    leg.parents
      .filter(({ leg: id }) => runners.has(id) && runners.get(id) !== leg.runner)
      .map((parent) => `${leg.id} is built on ${parent.leg}, which needs another runner`),
  );
  const few = most === 1 ? "1 level is" : `${most} levels are`;
  return new UsageError(`${few} too few: ${crossing[0] ?? "the legs need different runners"}`, {
    hint: `each job runs on only one runner, so use --levels ${least} or more`,
  });
}

function idOf({ leg }: TimedLeg): string {
  return leg.id;
}
