import { describe, expect, it } from "vitest";
import { UsageError } from "../../errors.ts";
import { formatDate } from "./date-format.ts";

const date = new Date("2026-03-04T05:06:07.089Z");

describe("formatDate", () => {
  it.each([
    ["YYYYMMDD", "20260304"],
    ["YYYY.MM.DD-HHmmss", "2026.03.04-050607"],
    ["YY M D H m s", "26 3 4 5 6 7"],
    ["MMMM MMM dddd ddd dd d E", "March Mar Wednesday Wed We 3 3"],
    ["Do DDD DDDD Q", "4th 63 063 1"],
    ["GGGG-[W]WW W", "2026-W10 10"],
    ["gggg ww w", "2026 10 10"],
    ["hh h A a kk k", "05 5 AM am 05 5"],
    ["S SS SSS SSSS", "0 08 089 0890"],
    ["Z ZZ z", "+00:00 +0000 UTC"],
    ["X x", "1772600767 1772600767089"],
    ["[YYYY]-YYYY", "YYYY-2026"],
    ["nigtly", "nigtl2026"],
    ["", ""],
  ])("writes %j as %j", (format, text) => {
    expect(formatDate(date, format, "UTC")).toBe(text);
  });

  it.each([
    ["Asia/Tokyo", "2026-03-04 14:06 +09:00"],
    ["America/Los_Angeles", "2026-03-03 21:06 -08:00"],
    ["Asia/Kolkata", "2026-03-04 10:36 +05:30"],
    ["Europe/Berlin", "2026-03-04 06:06 +01:00"],
  ])("formats the time in %s", (zone, text) => {
    expect(formatDate(date, "YYYY-MM-DD HH:mm Z", zone)).toBe(text);
  });

  it("follows daylight saving time", () => {
    const summer = new Date("2026-07-04T22:30:00Z");
    expect(formatDate(summer, "YYYYMMDD HHmm Z", "Europe/Berlin")).toBe("20260705 0030 +02:00");
  });

  it("writes midnight and noon", () => {
    const midnight = new Date("2026-03-04T00:00:00Z");
    const noon = new Date("2026-03-04T12:00:00Z");
    expect(formatDate(midnight, "HH hh kk A", "UTC")).toBe("00 12 24 AM");
    expect(formatDate(noon, "HH hh kk A", "UTC")).toBe("12 12 12 PM");
  });

  it("distinguishes week-years from years", () => {
    const newYear = new Date("2027-01-01T00:00:00Z");
    expect(formatDate(newYear, "YYYY GGGG-WW gggg-ww", "UTC")).toBe("2027 2026-53 2027-01");
  });

  it("rejects an unknown time zone", () => {
    expect(() => formatDate(date, "YYYY", "Mars/Olympus")).toThrow(
      new UsageError('"Mars/Olympus" is not a time zone', {
        hint: "use a name from the IANA time zone database, such as Europe/Berlin",
        cause: new RangeError("Invalid time zone specified: Mars/Olympus"),
      }),
    );
  });

  it("rejects the formats of a locale", () => {
    expect(() => formatDate(date, "LT", "UTC")).toThrow(
      new UsageError("date 'LT': LT depends on the locale, so tags cannot use it", {
        hint: "spell out the format, as in YYYY-MM-DD",
      }),
    );
  });
});
