import { expect, it } from "vitest";
import { matchesBranch } from "./branch-globs.ts";

it.each([
  ["main", "main", true],
  ["main", "mai", false],
  ["main", "ain", false],
  ["release/1.x", "release/*", true],
  ["release/1/x", "release/*", false],
  ["release/1/x", "release/**", true],
  ["releasex1", "release?1", true],
  ["release/1", "release?1", false],
  ["v1x2", "v1.2", false],
  ["v1.2", "v1.2", true],
  ["a+b(c)[d]{e}|f^g$h", "a+b(c)[d]{e}|f^g$h", true],
  ["anything/at/all", "**", true],
  ["feature\nmain", "main", false],
  ["", "*", true],
])("the branch %j under the glob %j: %s", (branch, glob, matches) => {
  expect(matchesBranch(branch, [glob])).toBe(matches);
});

it("matches nothing without a glob, and any of several", () => {
  expect(matchesBranch("main", [])).toBe(false);
  expect(matchesBranch("main", ["next", "ma*"])).toBe(true);
});
