import { describe, expect, it } from "vitest";
import { compilePathPattern } from "./path-patterns.ts";

describe("a pattern of paths", () => {
  it.each([
    ["docs", "docs", true],
    ["docs", "docs/a.md", false],
    ["docs/", "docs/a.md", false],
    ["*", "a.md", true],
    ["*", "docs/a.md", false],
    ["**", "docs/a.md", true],
    ["**.js", "a.js", true],
    ["**.js", "src/a.js", true],
    ["**.js", "src/a.jsx", false],
    ["docs/*", "docs/a.md", true],
    ["docs/*", "docs/b/a.md", false],
    ["docs/**", "docs/b/a.md", true],
    ["docs/**", "docs", false],
    ["docs/**/*.md", "docs/a.md", true],
    ["docs/**/*.md", "docs/b/c/a.md", true],
    ["**/docs/**", "docs/a.md", true],
    ["**/docs/**", "a/docs/a.md", true],
    ["**/docs/**", "adocs/a.md", false],
    ["**/README.md", "README.md", true],
    ["**/*src/**", "my-src/a.js", true],
    ["*.jsx?", "page.js", true],
    ["*.jsx?", "page.jsx", true],
    ["*.jsx?", "page.jsxx", false],
    ["ab+c", "abbbc", true],
    ["ab+c", "ac", false],
    ["v[12].[0-9]+", "v2.10", true],
    ["v[12].[0-9]+", "v3.1", false],
    ["[CB]at", "Bat", true],
    ["a\\*b", "a*b", true],
    ["a\\*b", "axb", false],
    ["Docs/*", "docs/a", false],
    ["!docs/**", "docs/a.md", true],
  ])("%s and %s: %s", (pattern, path, expected) => {
    expect(compilePathPattern(pattern).matches(path)).toBe(expected);
  });

  it("takes little time, whatever it repeats", () => {
    const { matches } = compilePathPattern(`${"**/*+".repeat(100)}b`);
    const start = performance.now();
    expect(matches("a/".repeat(500))).toBe(false);
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});
