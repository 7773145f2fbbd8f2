import { expect, it } from "vitest";
import { harmlessOutput } from "./io.ts";

it.each([
  [true, "<error: red>"],
  [false, "error: red"],
])("results have our own colours, but none from elsewhere, if they are shown: %s", (on, shown) => {
  const written: string[] = [];
  const { out } = harmlessOutput(
    (text) => void written.push(text),
    () => {},
    on,
  );
  out("error: \u001b[31mred\u001b[0m", (text) => `<${text}>`);
  expect(written).toEqual([shown]);
});
