import { expect, it } from "vitest";
import { count } from "./count.ts";

it.each([
  [count(0, "leg"), "0 legs"],
  [count(1, "leg"), "1 leg"],
  [count(2, "leg"), "2 legs"],
  [count(1.5, "second"), "1.5 seconds"],
  [count(1, "entry", "entries"), "1 entry"],
  [count(2, "entry", "entries"), "2 entries"],
])("%s", (text, expected) => {
  expect(text).toBe(expected);
});
