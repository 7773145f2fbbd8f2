import { expect, it } from "vitest";
import { readTarget } from "./target.ts";

it.each([
  [["local"], undefined],
  [["local", "linux/arm64"], ["linux/arm64"]],
  [undefined, undefined],
])("the platforms %j of a target are %j: local is the builder's own", (platforms, expected) => {
  expect(readTarget({ platforms }, ".").raw.platforms).toEqual(expected);
});
