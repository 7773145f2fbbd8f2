import { expect, it } from "vitest";
import { markdownList, markdownTable } from "./markdown.ts";

it("counts what is more than a thousand rows", () => {
  const many = Array.from({ length: 1002 }, (_, index) => `row ${index}`);
  const table = markdownTable(
    ["name"],
    many.map((row) => [row]),
  );
  expect([table[2], table.at(-4), table.at(-2)]).toEqual([
    "| row 0 |",
    "| row 999 |",
    "and 2 more",
  ]);
  expect(markdownList(many).slice(-3)).toEqual(["- row 999", "- and 2 more", ""]);
  expect([markdownTable(["name"], []), markdownList([])]).toEqual([[], []]);
});
