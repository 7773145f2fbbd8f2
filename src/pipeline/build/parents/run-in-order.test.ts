import fc from "fast-check";
import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { runInOrder } from "./run-in-order.ts";

interface Item {
  readonly id: string;
  readonly needs: readonly string[];
  readonly seconds: number;
}

const item = (id: string, needs: string[] = [], seconds = 1): Item => ({ id, needs, seconds });

interface Run {
  readonly jobs?: number;
  readonly signal?: AbortSignal;
}

async function runAll(
  items: readonly Item[],
  run: (item: Item) => Promise<void>,
  { jobs = 1, signal = new AbortController().signal }: Run = {},
): Promise<void> {
  const order = {
    idOf: ({ id }: Item) => id,
    needsOf: ({ needs }: Item) => needs,
    secondsOf: ({ seconds }: Item) => seconds,
    ...{ jobs, signal },
  };
  await runInOrder(items, order, run);
}

/** The ids in the order in which the items begin. */
async function orderOf(items: readonly Item[], options?: Run): Promise<string[]> {
  const begun: string[] = [];
  await runAll(
    items,
    async ({ id }) => {
      begun.push(id);
      await setImmediate();
    },
    options,
  );
  return begun;
}

describe("runInOrder", () => {
  it("begins with what the longest way depends on, and keeps the order of equals", async () => {
    const items = [item("a"), item("b", [], 3), item("c"), item("d", ["c"], 4), item("e", [], 3)];
    expect(await orderOf(items)).toEqual(["c", "d", "b", "e", "a"]);
    // The way to the end counts, not what was behind.
    const late = [item("x", ["y"], 9), item("y"), item("z", [], 8)];
    expect(await orderOf(late)).toEqual(["y", "x", "z"]);
  });

  it("runs each item once all that it needs was run, and leaves others' ids to the run", async () => {
    const diamond = [item("d", ["b", "c"]), item("b", ["a"]), item("c", ["a"]), item("a", ["?"])];
    expect(await orderOf(diamond, { jobs: 4 })).toEqual(["a", "b", "c", "d"]);
  });

  it("runs nothing that needs itself, and the rest", async () => {
    const items = [item("a", ["b"]), item("b", ["a"]), item("c", ["a"]), item("d")];
    expect(await orderOf(items)).toEqual(["d"]);
    expect(await orderOf([])).toEqual([]);
  });

  it("begins nothing after an abort, and waits for what runs", async () => {
    const stop = new AbortController();
    const ended: string[] = [];
    const run = async ({ id }: Item): Promise<void> => {
      await setImmediate();
      if (id === "a") stop.abort();
      await setImmediate();
      ended.push(id);
    };
    const items = [item("a"), item("b"), item("c", ["a"]), item("d")];
    await runAll(items, run, { jobs: 2, signal: stop.signal });
    expect(ended).toEqual(["a", "b"]);
    await runAll(items, run, { signal: AbortSignal.abort() });
    expect(ended).toEqual(["a", "b"]);
  });

  it("throws what a run throws first, once all that was begun has ended", async () => {
    const ended: string[] = [];
    const run = async ({ id }: Item): Promise<void> => {
      await setImmediate();
      if (id === "a") throw new Error("a is broken");
      await setImmediate();
      ended.push(id);
      throw new Error("b is broken, too");
    };
    const items = [item("a"), item("b"), item("c", ["a"]), item("d")];
    await expect(runAll(items, run, { jobs: 2 })).rejects.toThrow("a is broken");
    expect(ended).toEqual(["b"]);
  });

  it("runs every item of any graph after its needs, as many at once as it may", async () => {
    const graphs = fc
      .array(fc.tuple(fc.array(fc.nat(), { maxLength: 3 }), fc.nat(9)), { maxLength: 15 })
      .map((rows) =>
        rows.map(([needs, seconds], at) =>
          item(String(at), at === 0 ? [] : needs.map((need) => String(need % at)), seconds),
        ),
      )
      .chain((items) => fc.shuffledSubarray(items, { minLength: items.length }));
    const property = fc.asyncProperty(
      ...[graphs, fc.integer({ min: 1, max: 4 }), fc.scheduler()],
      async (items, jobs, scheduler) => {
        const done = new Set<string>();
        const running = new Set<string>();
        const isReady = ({ id, needs }: Item): boolean =>
          !done.has(id) && !running.has(id) && needs.every((need) => done.has(need));
        const whole = runAll(
          items,
          async ({ id, needs }) => {
            expect(needs.filter((need) => !done.has(need))).toEqual([]);
            running.add(id);
            expect(running.size).toBeLessThanOrEqual(jobs);
            await scheduler.schedule(Promise.resolve(), id);
            running.delete(id);
            done.add(id);
            await setImmediate();
          },
          { jobs },
        );
        while (scheduler.count() > 0) {
          // No place is empty while an item could run.
          if (running.size < jobs) expect(items.filter(isReady)).toEqual([]);
          await scheduler.waitNext(1);
          for (let turn = 0; turn < 3; turn++) await setImmediate();
        }
        await whole;
        expect(done.size).toBe(items.length);
      },
    );
    await fc.assert(property, { numRuns: 200 });
  });
});
