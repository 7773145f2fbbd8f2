import { expect, test } from "vitest";
import { FairQueue } from "./fair-queue.ts";

function drained(queue: FairQueue<string>): string[] {
  const items: string[] = [];
  for (let item = queue.shift(); item !== undefined; item = queue.shift()) items.push(item);
  return items;
}

test("gives each address its turn, and there each user", () => {
  const queue = new FairQueue<string>();
  for (const n of [1, 2, 3]) queue.push("bad", "ada", `bad ada ${n}`);
  for (const n of [1, 2]) queue.push("bad", "eve", `bad eve ${n}`);
  queue.push("good", "ada", "good ada");
  expect(queue.size).toBe(6);
  expect(drained(queue)).toEqual([
    "bad ada 1",
    "good ada",
    "bad eve 1",
    "bad ada 2",
    "bad eve 2",
    "bad ada 3",
  ]);
  expect(queue.size).toBe(0);
});

test("makes a newcomer wait for at most one item of each address", () => {
  const queue = new FairQueue<string>();
  for (let n = 0; n < 10_000; n++) queue.push(`bad ${n % 3}`, `user ${n}`, "bad");
  queue.push("good", "ada", "good");
  expect(drained(queue).indexOf("good")).toBe(3);
});

test("drops abandoned items and keeps the rest", () => {
  const queue = new FairQueue<string>();
  for (const item of ["a1", "a2", "b1", "c1"]) queue.push(item.charAt(0), "", item);
  queue.drop((item) => item === "a1" || item === "b1");
  expect(queue.size).toBe(2);
  expect(drained(queue)).toEqual(["a2", "c1"]);
});
