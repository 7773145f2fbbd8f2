import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Sketch, sketched } from "../../../test/support/sketched-plan.ts";
import { UsageError } from "../../errors.ts";
import { planShards, type Shard } from "./shards.ts";

const amd64 = "linux/amd64";
const arm64 = "linux/arm64";

/** Each matrix as its jobs' legs, a level before them. */
function drawn(shards: readonly Shard[]): string[][] {
  return shards.map(({ include }) =>
    include.map(({ level, leg }) => `${level ?? "-"}: ${leg.replaceAll(`/${amd64}`, "")}`),
  );
}

const on = (name: string, parents: readonly string[] = [], more: Partial<Sketch> = {}): Sketch => ({
  name,
  platforms: [amd64],
  on: parents,
  ...more,
});

const chain = [on("base"), on("lib", ["base"]), on("app", ["lib"]), on("alone")];

function durationsOf(seconds: Readonly<Record<string, number>>): Map<string, number> {
  return new Map(Object.entries(seconds).map(([name, took]) => [`${name}/${amd64}`, took]));
}

describe("legs that are built on each other", () => {
  const durations = durationsOf({ base: 5, lib: 50, app: 60, alone: 20 });

  it("come in levels, each with matrices of its own", () => {
    expect(drawn(planShards(sketched(chain), { durations }))).toEqual([
      ["0: alone", "0: base"],
      ["1: lib"],
      ["2: app"],
    ]);
  });

  it("make no level of a parent that is reused", () => {
    const [, ...rest] = chain;
    const reused = on("base", [], { reused: [amd64] });
    expect(drawn(planShards(sketched([reused, ...rest]), { durations }))).toEqual([
      ["0: lib", "0: alone"],
      ["1: app"],
    ]);
    const lib = on("lib", ["base"], { reused: [amd64] });
    expect(
      drawn(planShards(sketched([on("base"), lib, on("app", ["lib"])]), { durations })),
    ).toEqual([["-: app", "-: base"]]);
  });

  it("share jobs if there are to be fewer levels, so that the chain takes the least time", () => {
    const plan = sketched(chain);
    expect(drawn(planShards(plan, { durations, levels: 2 }))).toEqual([
      ["0: base lib", "0: alone"],
      ["1: app"],
    ]);
    const forked = sketched([on("a"), on("b", ["a"]), on("c", ["b"]), on("d", ["b"])]);
    const even = durationsOf({ a: 10, b: 10, c: 10, d: 10 });
    // One job of b, c and d would take longer than one of a and b.
    expect(drawn(planShards(forked, { durations: even, levels: 2 }))).toEqual([
      ["0: a b"],
      ["1: c", "1: d"],
    ]);
    expect(drawn(planShards(plan, { durations, levels: 1 }))).toEqual([
      ["-: base lib app", "-: alone"],
    ]);
  });

  it("leave levels empty that were asked for and are not needed", () => {
    const plan = sketched([on("a"), on("b", ["a"])]);
    expect(drawn(planShards(plan, { durations, levels: 3, shards: 1 }))).toEqual([
      ["0: a"],
      ["1: b"],
      [],
    ]);
    expect(planShards(sketched([]), { durations, levels: 2 })).toEqual([
      { include: [] },
      { include: [] },
    ]);
  });

  it("are in one level in a run that stages nothing: each job builds its legs' parents", () => {
    const plan = sketched(chain);
    const untrusted = { ...plan, trust: { ...plan.trust, writesLegs: false } };
    expect(drawn(planShards(untrusted, { durations }))).toEqual([
      ["-: app", "-: lib", "-: alone", "-: base"],
    ]);
  });

  it("are rejected if fewer levels would put legs of two runners into one job", () => {
    const plan = sketched([
      on("a", [], { runners: ["u"] }),
      on("b", ["a"], { runners: ["gpu"] }),
      on("c", ["b"], { runners: ["gpu"] }),
    ]);
    expect(() => planShards(plan, { durations, levels: 1 })).toThrow(
      expect.objectContaining({
        message: `1 level is too few: b/${amd64} is built on a/${amd64}, which needs another runner`,
        hint: "each job runs on only one runner, so use --levels 2 or more",
      }) as Error,
    );
    expect(drawn(planShards(plan, { durations, levels: 2 }))).toEqual([["0: a"], ["1: b c"]]);
  });
});

/** Chains, forks and diamonds over two platforms; parents of another platform are not generated. */
const families = (runners: readonly string[]) =>
  fc
    .array(
      fc.record({
        platforms: fc.subarray([amd64, arm64], { minLength: 1 }),
        reused: fc.oneof(
          { weight: 4, arbitrary: fc.constant<string[]>([]) },
          { weight: 1, arbitrary: fc.subarray([amd64, arm64]) },
        ),
        runner: fc.constantFrom(...runners),
        parents: fc.array(fc.nat(), { maxLength: 3 }),
        seconds: fc.option(fc.integer({ min: 1, max: 9000 }), { nil: undefined }),
      }),
      { minLength: 1, maxLength: 60, size: "max" },
    )
    .map((list) => {
      const plan = sketched(
        list.map(({ platforms, reused, runner, parents }, index) => ({
          name: `v${index}`,
          platforms,
          reused,
          runners: platforms.map(() => runner),
          on: index === 0 ? [] : [...new Set(parents.map((at) => `v${at % index}`))],
        })),
      );
      const durations = new Map(
        list.flatMap(({ seconds }, index) =>
          seconds === undefined ? [] : [[`v${index}/${amd64}`, seconds] as const],
        ),
      );
      return { plan, durations };
    });

const wishes = fc.record({
  shards: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
  maxJobs: fc.option(fc.integer({ min: 2, max: 40 }), { nil: undefined }),
  levels: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
});

type Family = Parameters<typeof planShards>[0];

function expectSound(plan: Family, shards: readonly Shard[]): void {
  const jobs = shards.flatMap(({ include }) => include);
  const placeOf = new Map<string, { job: number; level: number; at: number }>();
  for (const [job, { leg, level = 0 }] of jobs.entries()) {
    for (const [at, id] of leg.split(" ").entries()) {
      expect(placeOf.has(id)).toBe(false);
      placeOf.set(id, { job, level, at });
    }
  }
  const building = plan.legs.filter(({ action }) => action === "build");
  expect([...placeOf.keys()].sort()).toEqual(building.map(({ id }) => id).sort());
  for (const { id, parents, runner } of building) {
    const place = placeOf.get(id);
    expect(jobs[place?.job ?? -1]?.runner).toBe(runner);
    for (const { leg } of parents) {
      const parent = placeOf.get(leg);
      if (parent === undefined || place === undefined) continue;
      if (parent.job === place.job) expect(parent.at).toBeLessThan(place.at);
      else expect(parent.level).toBeLessThan(place.level);
    }
  }
}

describe("for any family of variants", () => {
  it("each leg is in one job, and its parents are in the same or in one of an earlier level", () => {
    fc.assert(
      fc.property(families(["u"]), wishes, ({ plan, durations }, wish) => {
        const shards = planShards(plan, { durations, ...wish });
        expectSound(plan, shards);
        if (wish.levels === undefined) return;
        const levels = shards.flatMap(({ include }) => include.map(({ level = 0 }) => level));
        for (const level of levels) expect(level).toBeLessThan(wish.levels);
        if (wish.shards !== undefined) expect(shards).toHaveLength(wish.levels * wish.shards);
      }),
      { numRuns: 60, endOnFailure: true },
    );
  });

  it("a refusal names a number of levels that holds them", () => {
    fc.assert(
      fc.property(
        families(["u", "v"]),
        fc.integer({ min: 1, max: 4 }),
        ({ plan, durations }, levels) => {
          try {
            expectSound(plan, planShards(plan, { durations, levels }));
          } catch (error) {
            if (!(error instanceof UsageError)) throw error;
            const least = Number(/--levels (\d+) or more/.exec(error.hint ?? "")?.[1]);
            expect(least).toBeGreaterThan(levels);
            expectSound(plan, planShards(plan, { durations, levels: least }));
          }
        },
      ),
      { numRuns: 40, endOnFailure: true },
    );
  });
});
