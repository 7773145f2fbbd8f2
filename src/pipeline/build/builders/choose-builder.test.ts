import { expect, it } from "vitest";
import { type BuilderLoad, chooseBuilder } from "./choose-builder.ts";

/** Loads by name: how many builds run, and how many it was given. */
function loads(counts: Record<string, readonly [running: number, given?: number]>): BuilderLoad[] {
  return Object.entries(counts).map(([builder, [running, given = running]]) => ({
    builder,
    running,
    given,
  }));
}

it.each<[string, Parameters<typeof loads>[0], string | undefined]>([
  ["the one with the fewest running builds", { a: [2], b: [1], c: [2] }, "b"],
  ["among equals, the one that was given the fewest", { a: [1, 5], b: [1, 3], c: [1, 4] }, "b"],
  ["among all equals, the first", { a: [0], b: [0] }, "a"],
  ["none if there are none", {}, undefined],
])("chooses %s", (_, counts, expected) => {
  expect(chooseBuilder(loads(counts), { jobs: 6, wanted: [] })).toBe(expected);
});

it.each<[string, readonly (string | undefined)[], string]>([
  ["the first that is wanted", ["b", "a"], "b"],
  ["the next, if the first has its share", ["c", "b"], "b"],
  ["the next, if the first is not one of them", [undefined, "gone", "b"], "b"],
  ["the least busy one, if no wanted one has room", ["c"], "a"],
])("prefers %s", (_, wanted, expected) => {
  expect(chooseBuilder(loads({ a: [0], b: [1], c: [2] }), { jobs: 6, wanted })).toBe(expected);
});

it("gives no builder more than its share of the jobs, whatever is wanted", () => {
  for (const jobs of [1, 2, 3, 4, 5, 7, 16]) {
    for (const names of [["a"], ["a", "b"], ["a", "b", "c"], ["a", "b", "c", "d", "e"]]) {
      for (const wanted of [[], ["a"], ["b", "a"]]) {
        const running = new Map(names.map((name) => [name, 0]));
        for (let job = 0; job < jobs; job++) {
          const now = names.map((builder) => {
            const builds = running.get(builder) ?? 0;
            return { builder, running: builds, given: builds };
          });
          const chosen = chooseBuilder(now, { jobs, wanted }) ?? "";
          running.set(chosen, (running.get(chosen) ?? 0) + 1);
        }
        expect(Math.max(...running.values())).toBeLessThanOrEqual(Math.ceil(jobs / names.length));
      }
    }
  }
});
