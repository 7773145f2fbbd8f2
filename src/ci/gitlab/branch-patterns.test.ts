import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileGlob } from "../../glob.ts";
import { branchPattern } from "./branch-patterns.ts";

describe("the pattern of a release branch", () => {
  it.each([
    ["release/*", "/^release\\/[^\\/]*$/"],
    ["v?.**", "/^v[^\\/]\\..*$/"],
    ["1.x", "/^1\\.x$/"],
  ])("of %s", (glob, pattern) => {
    expect(branchPattern(glob)).toBe(pattern);
  });

  it("matches the branches that the glob matches, and no others", () => {
    const parts = fc.constantFrom("**", "*", "?", "/", ".", "a", "b", "+", "(", "[", "$", "-");
    const globs = fc.array(parts, { minLength: 1, maxLength: 6 }).map((all) => all.join(""));
    // No characters outside of the basic plane: our globs count them as two.
    const names = fc.string({ unit: fc.constantFrom("a", "b", "/", ".", "+", "(", "[", "$", "-") });
    fc.assert(
      fc.property(globs, names, (glob, name) => {
        const expression = new RegExp(branchPattern(glob).slice(1, -1));
        expect(expression.test(name)).toBe(compileGlob(glob)(name));
      }),
    );
  });

  it("refuses what no line can hold", () => {
    expect(() => branchPattern("a\nb")).toThrow(
      "branches.release contains a pattern with a line break",
    );
  });
});
