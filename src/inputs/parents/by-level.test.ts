import fc from "fast-check";
import { expect, it } from "vitest";
import { ancestorsOf } from "./ancestors.ts";
import { byLevel } from "./by-level.ts";

type Item = readonly [name: string, ...needs: readonly string[]];

const levels = (...items: readonly Item[]): unknown =>
  byLevel(
    items,
    ([name]) => name,
    ([, ...needs]) => needs,
  ).map((level) => level.map(([name]) => name));

it("groups items so that each comes after what it needs, and otherwise in their order", () => {
  expect(levels(["d", "b", "c"], ["b", "a"], ["c", "a"], ["a"], ["e"])).toEqual([
    ["a", "e"],
    ["b", "c"],
    ["d"],
  ]);
  expect(levels()).toEqual([]);
});

it("asks for nothing that is not among the items", () => {
  expect(levels(["a", "elsewhere"])).toEqual([["a"]]);
});

it("takes items of one name together: what one waits for, all wait for", () => {
  expect(levels(["b", "a"], ["b"], ["c", "b"], ["a"])).toEqual([["a"], ["b", "b"], ["c"]]);
});

it("refuses a circle, and names what waits for it", () => {
  const circle: readonly Item[] = [["a", "c"], ["b", "a"], ["c", "b"], ["d"], ["e", "c"]];
  expect(() => levels(...circle)).toThrow("dependency cycle: a, b, c, e");
  expect(() => levels(["a", "a"])).toThrow("dependency cycle: a");
});

/** Legs that are each built on earlier ones, in any order; their numbers are their ids. */
const graphs = fc
  .integer({ min: 0, max: 12 })
  .chain((count) =>
    fc.tuple(
      ...Array.from({ length: count }, (_, at) =>
        fc.subarray(Array.from({ length: at }, (__, earlier) => String(earlier))),
      ),
    ),
  )
  .map((needs) => needs.map((of, at) => ({ id: String(at), needs: of })))
  .chain((legs) => fc.shuffledSubarray(legs, { minLength: legs.length }));

it("puts every item of a graph in the first level that it can be in", () => {
  fc.assert(
    fc.property(graphs, (legs) => {
      const found = byLevel(
        legs,
        ({ id }) => id,
        ({ needs }) => needs,
      );
      const levelOf = new Map(found.flatMap((level, at) => level.map(({ id }) => [id, at])));
      expect(levelOf.size).toBe(legs.length);
      for (const { id, needs } of legs) {
        const after = needs.map((need) => levelOf.get(need) ?? Infinity);
        expect(levelOf.get(id)).toBe(Math.max(-1, ...after) + 1);
      }
    }),
  );
});

it("lists all that a leg is built on, each once and after what it is built on", () => {
  const leg = (id: string, ...on: string[]) => ({ id, parents: on.map((one) => ({ leg: one })) });
  const found = ancestorsOf([leg("d", "b", "c"), leg("b", "a"), leg("c", "a"), leg("a")]);
  expect(Object.fromEntries(found)).toEqual({ a: [], b: ["a"], c: ["a"], d: ["a", "b", "c"] });
});

it("lists the ancestors of any graph", () => {
  fc.assert(
    fc.property(graphs, (legs) => {
      const found = ancestorsOf(
        legs.map(({ id, needs }) => ({ id, parents: needs.map((leg) => ({ leg })) })),
      );
      const needsOf = new Map(legs.map(({ id, needs }) => [id, needs]));
      const model = (id: string): readonly string[] =>
        (needsOf.get(id) ?? []).flatMap((need) => [need, ...model(need)]);
      for (const { id } of legs) {
        const all = found.get(id) ?? [];
        expect([...all].sort()).toEqual([...new Set(model(id))].sort());
        // A leg's first failed ancestor is the cause of the others' failing.
        for (const [at, one] of all.entries()) {
          for (const need of needsOf.get(one) ?? []) expect(all.indexOf(need)).toBeLessThan(at);
        }
      }
    }),
    { numRuns: 50 },
  );
});
