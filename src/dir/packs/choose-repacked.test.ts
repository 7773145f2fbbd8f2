import fc from "fast-check";
import { expect, it } from "vitest";
import { chooseRepacked } from "./choose-repacked.ts";

const MiB = 1 << 20;

it.each([
  [
    "nothing if all is used",
    [
      [4, 4],
      [4, 4],
    ],
    [],
  ],
  [
    "nothing up to a fifth of waste",
    [
      [4, 4],
      [4, 2.4],
    ],
    [],
  ],
  [
    "the worst if more is wasted",
    [
      [4, 4],
      [4, 1],
      [4, 3],
    ],
    [1],
  ],
  [
    "no pack that is not used at all",
    [
      [4, 4],
      [4, 0],
    ],
    [],
  ],
] as const)("chooses %s", (_, packs, chosen) => {
  const uses = packs.map(([total, used]) => ({ total: total * MiB, used: used * MiB }));
  expect([...chooseRepacked(uses)]).toEqual(chosen);
});

it("chooses small packs if there are more than sixteen", () => {
  const small = { total: 1000, used: 1000 };
  const large = { total: 4 * MiB, used: 4 * MiB };
  expect(chooseRepacked([large, ...Array<typeof small>(16).fill(small)]).size).toBe(0);
  const chosen = chooseRepacked([large, ...Array<typeof small>(17).fill(small)]);
  expect([...chosen]).toEqual(Array.from({ length: 17 }, (_, at) => at + 1));
});

it("leaves at most a fifth of waste", () => {
  const use = fc.record({
    total: fc.integer({ min: 1, max: 4 * MiB }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(use), (given) => {
      const uses = given.map(({ total, share }) => ({ total, used: Math.floor(total * share) }));
      const chosen = chooseRepacked(uses);
      const kept = uses.filter(({ used }, at) => used > 0 && !chosen.has(at));
      const total = kept.reduce((sum, pack) => sum + pack.total, 0);
      const used = kept.reduce((sum, pack) => sum + pack.used, 0);
      expect(total - used).toBeLessThanOrEqual(0.2 * total);
    }),
  );
});
