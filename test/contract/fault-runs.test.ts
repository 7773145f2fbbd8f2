import { describe, expect, it } from "vitest";
import { checkFaults } from "../support/faults/check.ts";

// More of them: npm run faults -- --runs 100000 --seed 7
const seed = 20261121;

describe.each([
  ["copy", "embedded", 750],
  ["publish", "embedded", 250],
  ["copy", "cncf", 12],
  ["publish", "cncf", 5],
] as const)("%s through faults, over the %s registry", (operation, ground, runs) => {
  it(`leaves whole what tags name, and comes to the same digests afterwards (${runs} runs)`, {
    timeout: 600_000,
  }, async () => {
    expect(await checkFaults({ operation, ground, seed, runs })).toBeUndefined();
  });
});
