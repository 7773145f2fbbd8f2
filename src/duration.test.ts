import { describe, expect, it } from "vitest";
import { UsageError } from "./errors.ts";
import { formatDuration, parseDuration } from "./duration.ts";

describe("a duration", () => {
  it.each([
    ["0", 0],
    ["0h", 0],
    ["45s", 45_000],
    ["30m", 1_800_000],
    ["24h", 86_400_000],
    ["7d", 604_800_000],
    ["36 h", 129_600_000],
    ["2w", 1_209_600_000],
    ["30 days", 2_592_000_000],
    ["1 week", 604_800_000],
    ["5min", 300_000],
    ["90 seconds", 90_000],
  ])("%s is %d milliseconds", (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  it.each([
    "",
    "24",
    "1  h",
    "2 months",
    "1h30m",
    "-1h",
    "1.5h",
    "1y",
    "1H",
    "h",
    "999999d",
    "1h\n",
  ])("is not %j", (text) => {
    expect(() => parseDuration(text)).toThrow(UsageError);
  });
});

describe("a duration, written", () => {
  it("is in the largest unit that fits exactly", () => {
    const hour = 3_600_000;
    const lengths = [0, 24 * hour, 36 * hour, hour / 2, 90_000, 14 * 24 * hour];
    expect(lengths.map(formatDuration)).toEqual([
      ...["0", "1 day", "36 hours", "30 minutes", "90 seconds", "14 days"],
    ]);
  });

  it.each(["0", "1s", "99999s", "99999m", "36h", "99999d", "99999w"])(
    "means the same when it is read again: %s",
    (text) => {
      const length = parseDuration(text);
      expect(parseDuration(formatDuration(length))).toBe(length);
    },
  );
});
