import { describe, expect, it } from "vitest";
import { eachAtOnce } from "./at-once.ts";

describe("eachAtOnce", () => {
  it("starts nothing more after a failure, and throws it", async () => {
    const begun: number[] = [];
    const done = eachAtOnce([1, 2, 3, 4, 5, 6], 2, async (item) => {
      begun.push(item);
      await Promise.resolve();
      if (item === 2) throw new Error("two");
    });
    await expect(done).rejects.toThrow("two");
    expect(begun.length).toBeLessThan(5);
  });

  it("runs all, with at most the given number at once", async () => {
    let running = 0;
    let most = 0;
    const done: number[] = [];
    await eachAtOnce([1, 2, 3, 4, 5], 2, async (item) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      done.push(item);
    });
    expect([most, done.length]).toEqual([2, 5]);
  });
});
