import { expect, it } from "vitest";
import { formatDuration } from "./age.ts";

it("gives a duration in the largest unit that fits exactly", () => {
  const hour = 3_600_000;
  expect([24 * hour, 36 * hour, hour / 2, 90_000].map(formatDuration)).toEqual([
    "1 day",
    "36 hours",
    "30 minutes",
    "90 seconds",
  ]);
});
