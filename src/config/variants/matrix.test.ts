import { describe, expect, it } from "vitest";
import { expandMatrix } from "./matrix.ts";
import { createReport } from "../schema/report.ts";
import { readWholeYaml } from "../yaml/whole-yaml.ts";

function expand(matrix: Parameters<typeof expandMatrix>[0]) {
  const report = createReport("f", readWholeYaml(""));
  const combinations = expandMatrix(matrix, ["m"], report);
  return { combinations, problems: report.problems().map(({ message }) => message) };
}

describe("expandMatrix", () => {
  it("expands, the last key changing fastest", () => {
    expect(expand({ a: ["1", "2"], b: ["x", "y"] })).toEqual({
      combinations: [
        { a: "1", b: "x" },
        { a: "1", b: "y" },
        { a: "2", b: "x" },
        { a: "2", b: "y" },
      ],
      problems: [],
    });
  });

  it("excludes combinations that match in the given keys", () => {
    expect(expand({ a: ["1", "2"], b: ["x", "y"], exclude: [{ a: "2" }] }).combinations).toEqual([
      { a: "1", b: "x" },
      { a: "1", b: "y" },
    ]);
  });

  it("includes as GitHub Actions does", () => {
    // The example in GitHub's documentation, "Expanding or adding matrix configurations".
    const { combinations } = expand({
      fruit: ["apple", "pear"],
      animal: ["cat", "dog"],
      include: [
        { color: "green" },
        { color: "pink", animal: "cat" },
        { fruit: "apple", shape: "circle" },
        { fruit: "banana" },
        { fruit: "banana", animal: "cat" },
      ],
    });
    expect(combinations).toEqual([
      { fruit: "apple", animal: "cat", color: "pink", shape: "circle" },
      { fruit: "apple", animal: "dog", color: "green", shape: "circle" },
      { fruit: "pear", animal: "cat", color: "pink" },
      { fruit: "pear", animal: "dog", color: "green" },
      { fruit: "banana" },
      { fruit: "banana", animal: "cat" },
    ]);
  });

  it("consists only of includes if it has no lists", () => {
    expect(expand({ include: [{ a: "1" }, { a: "2" }] }).combinations).toEqual([
      { a: "1" },
      { a: "2" },
    ]);
  });

  it.each([
    [{}, ["the matrix has no combinations"]],
    [{ a: [] }, ["a has no values", "the matrix has no combinations"]],
    [{ a: ["1", "1"] }, ['a contains the value "1" twice']],
    [{ name: ["1"] }, ['the matrix key "name" is reserved']],
    [{ "a b": ["1"] }, ['the matrix key "a b" has characters that {key} cannot contain']],
    [{ a: ["1"], exclude: [{ a: "2" }] }, ["this exclude does not match any combination"]],
    [{ a: ["1"], include: ["x"] }, ['each entry in include must be a map, not "x"']],
    [{ a: [{ x: "1" }], b: ["1"] }, ["each value of a must be a string, not a map"]],
    [{ a: many(40), b: many(40) }, ["the matrix has 1600 combinations"]],
  ])("refuses %j", (matrix, problems) => {
    expect(expand(matrix).problems).toEqual(expect.arrayContaining(problems));
  });
});

function many(count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(index));
}
