import { describe, expect, it } from "vitest";
import { substituteVariables } from "./variables.ts";

const variables = new Map([
  ["REGISTRY", "ghcr.io"],
  ["EMPTY", ""],
  ["NONE", undefined],
]);

describe("substituteVariables", () => {
  it.each([
    ["plain", "plain"],
    ["${REGISTRY}/a", "ghcr.io/a"],
    ["${EMPTY}", ""],
    ["${EMPTY:-x}", "x"],
    ["${NONE:-}", ""],
    ["${REGISTRY:-x}", "ghcr.io"],
    ["$${REGISTRY}", "${REGISTRY}"],
    ["$$${REGISTRY}", "$ghcr.io"],
    ["$HOME", "$HOME"],
  ])("makes %s %s", (text, expected) => {
    expect(substituteVariables(text, variables)).toEqual({ text: expected, problems: [] });
  });

  it.each([
    ["${REGISTRI}", "${REGISTRI} is not declared in vars", 'did you mean "REGISTRY"?'],
    [
      "${NONE}",
      "${NONE} has no value",
      "pass --var NONE=…, set LAYERKEEP_VAR_NONE, or set it under vars",
    ],
    [
      "${a b}",
      '"${a b}" contains a ${ that does not start a variable',
      "use ${NAME} or ${NAME:-default}, or $${ for a literal ${",
    ],
  ])("leaves %s, and reports why", (text, message, hint) => {
    expect(substituteVariables(text, variables)).toEqual({ text, problems: [{ message, hint }] });
  });

  it("does not expand what it has inserted", () => {
    expect(substituteVariables("${A}", new Map([["A", "${B}"]])).text).toBe("${B}");
  });
});
