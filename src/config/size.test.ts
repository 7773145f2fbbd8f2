import { describe, expect, it } from "vitest";
import { formatSize, parseSize } from "./size.ts";

describe("a size", () => {
  it("is a number of SI or binary units, in any case", () => {
    const sizes = ["500MB", "20gb", "1.5 TB", "20GiB", "1.5 mib"];
    expect(sizes.map(parseSize)).toEqual([5e8, 2e10, 1.5e12, 20 * 2 ** 30, 1.5 * 2 ** 20]);
  });

  it.each([
    "",
    "20",
    "GB",
    "0GB",
    "-1GB",
    "1,5GB",
    "20g",
    "20  GB",
    "20GB ",
    "20iB",
    "1e3GB",
    "9999999GB",
  ])("is not %j", (text) => {
    expect(() => parseSize(text)).toThrow("such as 20GB");
  });
});

it.each(["500 MB", "20 GB", "1.5 TB", "20 GiB", "1.5 MiB", "0.5 MB", "999999 TiB", "1023 MiB"])(
  "%s is written as it was",
  (text) => {
    expect(formatSize(parseSize(text))).toBe(text);
  },
);
