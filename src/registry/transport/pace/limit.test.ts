import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createLimit } from "./limit.ts";

describe("createLimit", () => {
  it("runs up to the limit at once, in order, each with its own result", async () => {
    const limit = createLimit(3);
    let running = 0;
    let most = 0;
    const begun: number[] = [];
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        limit(async () => {
          begun.push(index);
          most = Math.max(most, ++running);
          await sleep(index % 3);
          running--;
          return index * 2;
        }),
      ),
    );
    expect(most).toBe(3);
    expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(results).toEqual([0, 2, 4, 6, 8, 10, 12, 14, 16, 18]);
  });

  it("gives the place of a failed task to the next", async () => {
    const limit = createLimit(1);
    const failed = limit(() => Promise.reject(new Error("no")));
    const next = limit(() => Promise.resolve("yes"));
    await expect(failed).rejects.toThrow("no");
    await expect(next).resolves.toBe("yes");
  });

  it("admits tasks by weight, in order, and one that is too heavy alone", async () => {
    const limit = createLimit(10);
    const log: string[] = [];
    const run = (name: string, weight: number) =>
      limit(async () => {
        log.push(`+${name}`);
        await sleep(5);
        log.push(`-${name}`);
      }, weight);
    await Promise.all([run("a", 6), run("b", 4), run("c", 99), run("d", 1), run("e", 9)]);
    expect(log.slice(0, 4)).toEqual(["+a", "+b", "-a", "-b"]);
    expect(log.slice(4)).toEqual(["+c", "-c", "+d", "+e", "-d", "-e"]);
  });
});
