import { expect, it } from "vitest";
import { placesOf, slicesOf } from "./slices.ts";

const chunk = (length: number) => ({ digest: "", length });
const places = placesOf({ packs: [[chunk(10), chunk(5)], [chunk(7)], [chunk(3), chunk(4)]] });

it.each([
  ["all of a chunk", [1], [0, 5], [{ pack: 0, start: 10, length: 5 }]],
  ["chunks beside each other are one slice", [0, 1], [0, 15], [{ pack: 0, start: 0, length: 15 }]],
  ["a part within a chunk", [2], [2, 3], [{ pack: 1, start: 2, length: 3 }]],
  [
    "a part over several packs",
    [1, 2, 4],
    [4, 10],
    [
      { pack: 0, start: 14, length: 1 },
      { pack: 1, start: 0, length: 7 },
      { pack: 2, start: 3, length: 2 },
    ],
  ],
  [
    "chunks in another order than the pack's",
    [1, 0],
    [0, 15],
    [
      { pack: 0, start: 10, length: 5 },
      { pack: 0, start: 0, length: 10 },
    ],
  ],
  ["nothing", [0], [3, 0], []],
] as const)("%s", (_, numbers, [start, length], expected) => {
  const chunks = numbers.map((number) => places[number] ?? { pack: -1, start: 0, length: 0 });
  expect(slicesOf(chunks, { start, length })).toEqual(expected);
});
