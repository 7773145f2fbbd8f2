import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { Gate } from "./gate.ts";

function tracked(): { log: string[]; work: (name: string, ms?: number) => () => Promise<string> } {
  const log: string[] = [];
  return {
    log,
    work:
      (name, ms = 5) =>
      async () => {
        log.push(`+${name}`);
        await sleep(ms);
        log.push(`-${name}`);
        return name;
      },
  };
}

test("lets many through at once", async () => {
  const gate = new Gate();
  const { log, work } = tracked();
  const results = await Promise.all([gate.shared(work("a", 20)), gate.shared(work("b"))]);
  expect([results, log]).toEqual([
    ["a", "b"],
    ["+a", "+b", "-b", "-a"],
  ]);
});

test("lets one alone wait for those before it, and makes those after it wait", async () => {
  const gate = new Gate();
  const { log, work } = tracked();
  const first = gate.shared(work("a"));
  await sleep(1);
  await Promise.all([first, gate.alone(work("x")), gate.alone(work("y")), gate.shared(work("b"))]);
  expect(log).toEqual(["+a", "-a", "+x", "-x", "+y", "-y", "+b", "-b"]);
});

test("goes on after a failure", async () => {
  const gate = new Gate();
  const failing = (): Promise<never> => Promise.reject(new Error("no"));
  await expect(gate.alone(failing)).rejects.toThrow("no");
  await expect(gate.shared(failing)).rejects.toThrow("no");
  expect(await gate.alone(() => Promise.resolve(1))).toBe(1);
});
