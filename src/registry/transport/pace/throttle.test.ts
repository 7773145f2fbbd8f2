import { describe, expect, it } from "vitest";
import { Throttle, type Turn } from "./throttle.ts";

/** A clock that advances only when told to. */
function virtualClock() {
  let now = 0;
  let sleepers: { readonly until: number; readonly wake: () => void }[] = [];
  return {
    sleep: (milliseconds: number, signal?: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        sleepers.push({ until: now + milliseconds, wake: resolve });
        signal?.addEventListener("abort", () => reject(new Error("aborted")));
      }),
    async pass(milliseconds: number) {
      now += milliseconds;
      for (const { until, wake } of sleepers) if (until <= now) wake();
      sleepers = sleepers.filter(({ until }) => until > now);
      await settled();
    },
  };
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Requests turns; the list grows as they are granted. */
function ask(throttle: Throttle, count: number, signal?: AbortSignal) {
  const turns: Turn[] = [];
  const failed: unknown[] = [];
  for (let index = 0; index < count; index++) {
    throttle.enter(signal).then(
      (turn) => turns.push(turn),
      (error: unknown) => failed.push(error),
    );
  }
  return { turns, failed };
}

describe("Throttle", () => {
  it("admits the maximum at once, and then the next for each that ends, in order", async () => {
    const throttle = new Throttle(3, virtualClock().sleep);
    const first = ask(throttle, 5);
    const last = ask(throttle, 1);
    await settled();
    expect(first.turns).toHaveLength(3);
    first.turns[0]?.end();
    // Ending a turn twice frees only one place.
    first.turns[0]?.end();
    first.turns[1]?.end();
    await settled();
    expect([first.turns.length, last.turns.length]).toEqual([5, 0]);
    first.turns[2]?.end();
    await settled();
    expect(last.turns).toHaveLength(1);
  });

  it("halves the running requests when the host is overloaded, once for all sent before", async () => {
    const throttle = new Throttle(48, virtualClock().sleep);
    const { turns } = ask(throttle, 40);
    await settled();
    for (const turn of turns.slice(0, 10)) turn.refused();
    expect(throttle.bound).toBe(20);
    for (const turn of turns.slice(10)) turn.refused();
    expect(throttle.bound).toBe(20);
    const again = ask(throttle, 30);
    await settled();
    expect(again.turns).toHaveLength(20);
    again.turns[0]?.refused();
    expect(throttle.bound).toBe(10);
  });

  it("counts the outcome of a request that already gave up its place", async () => {
    const throttle = new Throttle(8, virtualClock().sleep);
    const turn = await throttle.enter();
    turn.end();
    turn.refused();
    expect(throttle.bound).toBe(4);
  });

  it("never stops completely", async () => {
    const throttle = new Throttle(2, virtualClock().sleep);
    for (let count = 0; count < 5; count++) (await throttle.enter()).refused();
    expect(throttle.bound).toBe(1);
  });

  it("grows by one for each served round, up to the maximum", async () => {
    const throttle = new Throttle(8, virtualClock().sleep);
    const { turns } = ask(throttle, 8);
    await settled();
    for (const turn of turns) turn.refused();
    const bounds = [throttle.bound];
    for (let round = 0; round < 6; round++) {
      const served = throttle.bound;
      for (let count = 0; count < served; count++) (await throttle.enter()).served();
      bounds.push(throttle.bound);
    }
    expect(bounds).toEqual([4, 5, 6, 7, 8, 8, 8]);
  });

  it("does not grow by outcomes that show nothing about the host", async () => {
    const throttle = new Throttle(4, virtualClock().sleep);
    (await throttle.enter()).refused();
    for (let count = 0; count < 20; count++) (await throttle.enter()).end();
    expect(throttle.bound).toBe(1);
  });

  it("sends nothing while the host asks for a pause", async () => {
    const clock = virtualClock();
    const throttle = new Throttle(4, clock.sleep);
    const [one, two] = [await throttle.enter(), await throttle.enter()];
    one.refused(7000);
    two.refused(5000);
    const { turns } = ask(throttle, 3);
    await clock.pass(5000);
    expect(turns).toHaveLength(0);
    await clock.pass(1999);
    expect(turns).toHaveLength(0);
    await clock.pass(1);
    expect(turns).toHaveLength(1);
    turns[0]?.served();
    await settled();
    expect(turns.length).toBeGreaterThan(1);
  });

  it("removes an aborted waiter, with the signal's reason", async () => {
    const throttle = new Throttle(1, virtualClock().sleep);
    const turn = await throttle.enter();
    const abort = new AbortController();
    const given = ask(throttle, 2, abort.signal);
    const next = ask(throttle, 1);
    await settled();
    abort.abort(new Error("enough"));
    await settled();
    expect(given.failed).toEqual([new Error("enough"), new Error("enough")]);
    turn.end();
    await settled();
    expect([given.turns.length, next.turns.length]).toEqual([0, 1]);
    const late = ask(throttle, 1, abort.signal);
    await settled();
    expect(late.failed).toEqual([new Error("enough")]);
  });

  it("fails all waiters when it is closed, even in a pause", async () => {
    const throttle = new Throttle(2, virtualClock().sleep);
    (await throttle.enter()).refused(60_000);
    const { failed } = ask(throttle, 2);
    await settled();
    throttle.close();
    await settled();
    expect(failed.map(String)).toEqual(Array(2).fill("Error: the client was closed"));
  });
});
