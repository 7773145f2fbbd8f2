import { describe, expect, it } from "vitest";
import { parseSize } from "./size.ts";

describe("a size", () => {
  it("is a number of SI units", () => {
    expect(["500MB", "20GB", "1.5TB"].map(parseSize)).toEqual([5e8, 2e10, 1.5e12]);
  });

  it.each(["", "20", "GB", "0GB", "-1GB", "1,5GB", "20gb", "20 GB", "20GiB", "1e3GB", "9999999GB"])(
    "is not %j",
    (text) => {
      expect(() => parseSize(text)).toThrow("such as 20GB");
    },
  );
});
