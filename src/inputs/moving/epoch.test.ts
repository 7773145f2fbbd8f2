import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { epochOf } from "./epoch.ts";

describe("epochOf", () => {
  // Taken from `date -u +%G-W%V`.
  it.each([
    ["2000-01-02", "1999-W52"],
    ["2004-12-31", "2004-W53"],
    ["2005-01-01", "2004-W53"],
    ["2005-01-03", "2005-W01"],
    ["2007-12-31", "2008-W01"],
    ["2008-12-28", "2008-W52"],
    ["2008-12-29", "2009-W01"],
    ["2010-01-03", "2009-W53"],
    ["2010-01-04", "2010-W01"],
    ["2016-02-29", "2016-W09"],
    ["2020-12-31", "2020-W53"],
    ["2021-01-03", "2020-W53"],
    ["2021-01-04", "2021-W01"],
    ["2022-01-01", "2021-W52"],
    ["2024-12-29", "2024-W52"],
    ["2024-12-30", "2025-W01"],
    ["2026-01-01", "2026-W01"],
    ["2026-11-15", "2026-W46"],
    ["2026-11-16", "2026-W47"],
    ["2026-11-21", "2026-W47"],
    ["2026-12-31", "2026-W53"],
    ["2027-01-01", "2026-W53"],
    ["2027-01-03", "2026-W53"],
    ["2027-01-04", "2027-W01"],
    ["2032-12-31", "2032-W53"],
    ["2033-01-02", "2032-W53"],
  ])("puts %s into the ISO week %s", (day, week) => {
    expect(epochOf("week", new Date(`${day}T00:00:00Z`))).toBe(week);
    expect(epochOf("week", new Date(`${day}T23:59:59.999Z`))).toBe(week);
  });

  it("changes at midnight in UTC, whatever the local time", () => {
    expect(epochOf("week", new Date("2026-11-23T00:30:00+01:00"))).toBe("2026-W47");
    expect(epochOf("day", new Date("2026-11-22T00:30:00+01:00"))).toBe("2026-11-21");
    expect(epochOf("hour", new Date("2026-11-22T00:30:00+01:00"))).toBe("2026-11-21T23");
  });

  it("gives days and hours names that sort", () => {
    expect(epochOf("day", new Date("2026-03-04T05:06:07Z"))).toBe("2026-03-04");
    expect(epochOf("hour", new Date("2026-03-04T05:06:07Z"))).toBe("2026-03-04T05");
  });

  it("keeps one name for seven days, then uses the next in order", () => {
    const from = Date.UTC(1990, 0, 1);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100 * 53 }), (weeks) => {
        const monday = from + weeks * 7 * 86_400_000;
        const name = epochOf("week", new Date(monday));
        const names = [1, 2, 3, 4, 5, 6].map((day) =>
          epochOf("week", new Date(monday + day * 86_400_000)),
        );
        expect(new Set([name, ...names])).toEqual(new Set([name]));
        expect(epochOf("week", new Date(monday + 7 * 86_400_000)) > name).toBe(true);
      }),
    );
  });
});
