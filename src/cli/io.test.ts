import { expect, it } from "vitest";
import { styled } from "../report/terminal/style.ts";
import { harmlessOutput } from "./io.ts";

it.each([
  [true, "\u001b[31merror\u001b[0m: red"],
  [false, "error: red"],
])(
  "what is printed has our own styles, but none from elsewhere, if they are shown: %s",
  (on, shown) => {
    const written: string[] = [];
    const write = (text: string): void => void written.push(text);
    const { out, err } = harmlessOutput(write, write, on, on);
    for (const print of [out, err]) print(`${styled("red", "error")}: \u001b[31mred\u001b[0m`);
    expect(written).toEqual([shown, shown]);
  },
);
