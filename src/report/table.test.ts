import { expect, test } from "vitest";
import { count, formatBytes, formatSeconds, renderTable } from "./table.ts";

test("aligns columns, numbers to the right, without trailing blanks", () => {
  const columns = [{ head: "NAME" }, { head: "SIZE", right: true }, { head: "WHY" }];
  expect(
    renderTable(columns, [
      ["a", "1 B", ""],
      ["überlang", "10 kB", "x"],
    ]),
  ).toBe("NAME       SIZE  WHY\na           1 B\nüberlang  10 kB  x");
});

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1_000, "1.00 kB"],
  [1_085_366, "1.09 MB"],
  [123_456_789, "123 MB"],
  [2e15, "2000 TB"],
])("%d bytes are %s", (bytes, expected) => {
  expect(formatBytes(bytes)).toBe(expected);
});

test.each([
  [0, "0.0 s"],
  [59.94, "59.9 s"],
  [60, "1 m 00 s"],
  [187.4, "3 m 07 s"],
  [3_600, "60 m 00 s"],
])("%d seconds are %s", (seconds, expected) => {
  expect(formatSeconds(seconds)).toBe(expected);
});

test("counts", () => {
  expect([count(1, "leg"), count(0, "leg"), count(2, "leg")]).toEqual([
    "1 leg",
    "0 legs",
    "2 legs",
  ]);
});
