import { describe, expect, it } from "vitest";
import { isRetryableStatus, parseRetryAfter, retryDelay } from "./retry.ts";

describe("retryDelay", () => {
  it("doubles the back-off each time, up to ten seconds, with full jitter", () => {
    const longest = [2, 3, 4, 5, 12].map((next) => retryDelay(next, undefined, () => 1));
    expect(longest).toEqual([400, 800, 1600, 3200, 10_000]);
    expect(retryDelay(5, undefined, () => 0)).toBe(0);
  });

  it("waits no less than the registry asks for", () => {
    expect(retryDelay(2, 7000, () => 0)).toBe(7000);
    expect(retryDelay(2, 7000, () => 1)).toBe(7250);
  });
});

describe("parseRetryAfter", () => {
  const now = Date.parse("2026-11-21T00:00:00Z");

  it.each([
    ["3", 3000],
    ["0", 0],
    ["Sat, 21 Nov 2026 00:00:30 GMT", 30_000],
    ["Fri, 20 Nov 2026 00:00:00 GMT", 0],
    ["soon", undefined],
    ["-5", undefined],
    [undefined, undefined],
  ])("reads %s as %s milliseconds", (header, expected) => {
    expect(parseRetryAfter(header, now)).toBe(expected);
  });
});

describe("isRetryableStatus", () => {
  it("treats only transient failures as retryable", () => {
    const statuses = Array.from({ length: 500 }, (_, index) => index + 100);
    expect(statuses.filter(isRetryableStatus)).toEqual([408, 425, 429, 500, 502, 503, 504]);
  });
});
