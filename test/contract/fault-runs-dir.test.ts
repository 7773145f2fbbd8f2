import { expect, it } from "vitest";
import { checkFaults } from "../support/faults/check.ts";

// More of them: npm run faults -- --runs 1000 --seed 7 --only dir
const seed = 20261130;

it.each([
  ["embedded", 10],
  ["cncf", 2],
] as const)(
  "directory caches through faults, over the %s registry, are the last one or the new one, and come back exactly (%i runs)",
  {
    timeout: 600_000,
  },
  async (ground, runs) => {
    expect(await checkFaults({ operation: "dir", ground, seed, runs })).toBeUndefined();
  },
);
