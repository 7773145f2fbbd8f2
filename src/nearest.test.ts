import { describe, expect, it } from "vitest";
import { eitherOf, nearest, suggest } from "./nearest.ts";

describe("nearest", () => {
  it.each([
    ["plaforms", ["args", "platforms"], "platforms"],
    ["targte", ["target", "labels"], "target"],
    ["ARGS", ["labels", "args"], "args"],
    ["contxt", ["contexts", "context"], "context"],
    ["registry", ["local", "gha"], undefined],
    ["x", [], undefined],
    ["ssh", ["sbom"], undefined],
  ])("of %s in %j is %s", (name, candidates, expected) => {
    expect(nearest(name, candidates)).toBe(expected);
  });
});

describe("suggest", () => {
  it("suggests the nearest, or lists all", () => {
    expect(suggest("agrs", ["args", "labels"])).toBe('did you mean "args"?');
    expect(suggest("volumes", ["args", "labels"])).toBe("expected one of args, labels");
  });
});

describe("eitherOf", () => {
  it("joins words with commas and or", () => {
    expect([eitherOf([]), eitherOf(["a"]), eitherOf(["a", "b", "c"])]).toEqual([
      "",
      "a",
      "a, b or c",
    ]);
  });
});
