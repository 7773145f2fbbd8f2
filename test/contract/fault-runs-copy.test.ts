import { expect, it } from "vitest";
import { checkFaults } from "../support/faults/check.ts";

// More of them: npm run faults -- --runs 100000 --seed 7 --only copy
const seed = 20261121;

it.each([
  ["embedded", 150],
  ["cncf", 12],
] as const)(
  "copy through faults, over the %s registry, leaves whole what tags name and comes to the same digests afterwards (%i runs)",
  {
    timeout: 600_000,
  },
  async (ground, runs) => {
    expect(await checkFaults({ operation: "copy", ground, seed, runs })).toBeUndefined();
  },
);
