import { describe, expect, it } from "vitest";
import { raceStaging } from "../support/races.ts";
import { registryKinds } from "../support/registries.ts";

describe("two builders that stage one leg at the same time", () => {
  it.each(registryKinds)(
    "both report what the tag names in the end, over $name",
    async ({ start }) => {
      await using registry = await start();
      // For the long form: npm run races -- --runs 500
      const races = await raceStaging({ host: registry.host, runs: 60, atOnce: 15, delayMs: 100 });
      expect(races.wrong).toEqual([]);
      expect(Math.min(...races.won)).toBeGreaterThan(0);
    },
  );
});
