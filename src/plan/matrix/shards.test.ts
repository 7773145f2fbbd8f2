import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sketched } from "../../../test/support/sketched-plan.ts";
import { mostCharacters, mostJobs } from "./shard-bins.ts";
import { planShards, type Shard, type ShardOptions } from "./shards.ts";

const amd64 = "linux/amd64";
const arm64 = "linux/arm64";

function legsOf({ include }: Shard): string[] {
  return include.map(({ leg }) => leg);
}

describe("the matrices of a plan", () => {
  it("are one job for each leg to build, with what the job needs", () => {
    const plan = sketched([
      { name: "small", platforms: [amd64] },
      { name: "app", platforms: [amd64, arm64], runners: ["ubuntu", "arm"] },
      { name: "staged", platforms: [amd64, arm64], reused: [amd64] },
      { name: "done", platforms: [amd64], reused: [amd64] },
    ]);
    const durations = new Map([
      [`app/${amd64}`, 60],
      [`app/${arm64}`, 90.4],
    ]);
    const job = (variant: string, platform: string, runner: string | null, seconds?: number) => ({
      leg: `${variant}/${platform}`,
      variant,
      platform,
      runner,
      ...(seconds === undefined ? {} : { seconds }),
    });
    expect(planShards(plan, { durations })).toEqual([
      {
        include: [
          job("app", arm64, "arm", 90),
          job("app", amd64, "ubuntu", 60),
          job("staged", arm64, null),
          job("small", amd64, null),
        ],
      },
    ]);
  });

  it("are one without a job if everything is staged", () => {
    const plan = sketched([{ name: "a", platforms: [amd64], reused: [amd64] }]);
    expect(planShards(plan, { durations: new Map() })).toEqual([{ include: [] }]);
  });

  it("keep variants with several platforms apart, in the first matrices", () => {
    const plan = sketched([
      ...Array.from({ length: 4 }, (_, i) => ({ name: `s${i}`, platforms: [amd64] })),
      { name: "m0", platforms: [amd64, arm64] },
      { name: "m1", platforms: [amd64, arm64] },
    ]);
    const durations = new Map([["s0/linux/amd64", 7]]);
    expect(planShards(plan, { durations, shards: 3 }).map(legsOf)).toEqual([
      [`m0/${amd64}`, `m0/${arm64}`],
      [`m1/${amd64}`, `m1/${arm64}`],
      [`s0/${amd64}`, `s1/${amd64}`, `s2/${amd64}`, `s3/${amd64}`],
    ]);
  });

  it("are as many as requested, though some stay empty", () => {
    const plan = sketched([{ name: "a", platforms: [amd64] }]);
    expect(planShards(plan, { durations: new Map(), shards: 3 }).map(legsOf)).toEqual([
      [`a/${amd64}`],
      [],
      [],
    ]);
  });

  it("put legs of one runner into one job if jobs are few, joined ones first", () => {
    const plan = sketched([
      { name: "a", platforms: [amd64], runners: ["u"] },
      { name: "b", platforms: [amd64], runners: ["u"] },
      { name: "m", platforms: [amd64, arm64], runners: ["u", "arm"] },
    ]);
    const durations = new Map([
      [`a/${amd64}`, 10],
      [`b/${amd64}`, 4],
      [`m/${amd64}`, 3],
      [`m/${arm64}`, 1],
    ]);
    expect(planShards(plan, { durations, maxJobs: 3 })).toEqual([
      {
        include: [
          {
            leg: "m/linux/amd64 b/linux/amd64",
            variant: "m b",
            platform: amd64,
            runner: "u",
            seconds: 7,
          },
          { leg: "m/linux/arm64", variant: "m", platform: arm64, runner: "arm", seconds: 1 },
          { leg: "a/linux/amd64", variant: "a", platform: amd64, runner: "u", seconds: 10 },
        ],
      },
    ]);
  });

  it("are rejected if there are more runners than jobs, or no room", () => {
    const plan = sketched([{ name: "m", platforms: [amd64, arm64], runners: ["u", "arm"] }]);
    const durations = new Map<string, number>();
    expect(() => planShards(plan, { durations, maxJobs: 1 })).toThrow(
      "2 kinds of runners need at least 2 jobs, but the limit is 1",
    );
    expect(() => planShards(plan, { durations, shards: 101 })).toThrow(
      "at most 100 shards are allowed",
    );
    const long = sketched(
      Array.from({ length: 9000 }, (_, i) => ({
        name: `${"n".repeat(60)}${i}`,
        platforms: [amd64],
      })),
    );
    expect(() => planShards(long, { durations, shards: 1 })).toThrow(
      "a matrix would be larger than 1 MB",
    );
    expect(planShards(long, { durations, shards: 4 })).toHaveLength(4);
  });
});

const sketches = (most: number) =>
  fc
    .array(
      fc.record({
        platforms: fc.subarray([amd64, arm64, "linux/arm/v7"], { minLength: 1 }),
        runner: fc.constantFrom("a", "b"),
        seconds: fc.option(fc.integer({ min: 1, max: 9000 }), { nil: undefined }),
      }),
      { minLength: 1, maxLength: most, size: "max" },
    )
    .map((list) => {
      const durations = new Map<string, number>();
      const plan = sketched(
        list.map(({ platforms, runner, seconds }, index) => {
          const name = `v${index}`;
          if (seconds !== undefined) durations.set(`${name}/${platforms[0] ?? ""}`, seconds);
          return { name, platforms, runners: platforms.map(() => runner) };
        }),
      );
      return { plan, durations };
    });

const wishes = fc.record({
  shards: fc.option(fc.integer({ min: 1, max: 30 }), { nil: undefined }),
  maxJobs: fc.option(fc.integer({ min: 2, max: 2000 }), { nil: undefined }),
});

describe("for any plan of 1 to 5,000 legs, the matrices", () => {
  it("hold each leg to build in one job, within the limits", () => {
    fc.assert(
      fc.property(sketches(1700), wishes, ({ plan, durations }, wish) => {
        const shards = planShards(plan, { durations, ...wish });
        const jobs = shards.flatMap(({ include }) => include);
        const built = jobs.flatMap(({ leg }) => leg.split(" "));
        expect([...built].sort()).toEqual(plan.legs.map(({ id }) => id).sort());
        for (const shard of shards) {
          expect(shard.include.length).toBeLessThanOrEqual(mostJobs);
          expect(JSON.stringify(shard).length).toBeLessThanOrEqual(mostCharacters + 100);
        }
        if (wish.shards !== undefined) expect(shards).toHaveLength(wish.shards);
        if (wish.maxJobs !== undefined) expect(jobs.length).toBeLessThanOrEqual(wish.maxJobs);
        const runners = new Map(plan.legs.map(({ id, runner }) => [id, runner]));
        for (const { leg, runner } of jobs) {
          for (const id of leg.split(" ")) expect(runners.get(id)).toBe(runner);
        }
      }),
      { numRuns: 15, endOnFailure: true },
    );
  });

  it("are deterministic, and keep a variant's legs beside each other", () => {
    fc.assert(
      fc.property(sketches(400), ({ plan, durations }) => {
        const shards = planShards(plan, { durations });
        expect(planShards(plan, { durations: new Map([...durations].reverse()) })).toEqual(shards);
        const order = shards.flatMap(({ include }) => include.map(({ variant }) => variant));
        const runs = order.filter((variant, index) => variant !== order[index - 1]);
        expect(runs.length).toBe(new Set(runs).size);
      }),
      { numRuns: 15, endOnFailure: true },
    );
  });

  it("are balanced within 4/3 of the optimum", () => {
    const seconds = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(seconds, fc.integer({ min: 1, max: 3 }), (times, count) => {
        const plan = sketched(times.map((_, index) => ({ name: `v${index}`, platforms: [amd64] })));
        const durations = new Map(times.map((time, index) => [`v${index}/${amd64}`, time]));
        const best = shortest(times, count);
        const loads = (options: Omit<ShardOptions, "durations">, by: "job" | "shard") => {
          const shards = planShards(plan, { durations, ...options });
          const sums = shards.map(({ include }) => include.map((job) => job.seconds ?? 0));
          return by === "job" ? sums.flat() : sums.map((one) => one.reduce((a, b) => a + b, 0));
        };
        const most = (4 / 3) * best;
        expect(Math.max(...loads({ maxJobs: count }, "job"))).toBeLessThanOrEqual(most);
        expect(Math.max(...loads({ shards: count }, "shard"))).toBeLessThanOrEqual(most);
      }),
    );
  });
});

/** The lowest possible maximum over this many bins, by trying all ways. */
function shortest(times: readonly number[], count: number): number {
  const loads = new Array<number>(count).fill(0);
  const place = (index: number): number => {
    const time = times[index];
    if (time === undefined) return Math.max(...loads);
    let best = Infinity;
    for (const bin of loads.keys()) {
      loads[bin] = (loads[bin] ?? 0) + time;
      best = Math.min(best, place(index + 1));
      loads[bin] = (loads[bin] ?? 0) - time;
    }
    return best;
  };
  return place(0);
}
