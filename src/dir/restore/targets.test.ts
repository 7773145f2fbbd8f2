import { expect, it } from "vitest";
import { pathsByName } from "./targets.ts";

it.each([
  ["in the order of the saved ones", ["b", "a"], ["/b", "/a"]],
  ["without those that were not saved", ["b"], ["/b"]],
  ["by their order, if one was saved under another name", ["x", "a"], ["/a", "/b"]],
])("paths are found by name, %s", (_, saved, expected) => {
  expect(pathsByName(saved, ["/a", "/b"], ["a", "b"])).toEqual(expected);
});

it("paths without names are matched by their order", () => {
  expect(pathsByName(["a"], ["/x"])).toEqual(["/x"]);
});
