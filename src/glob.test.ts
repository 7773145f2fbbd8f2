import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileGlob } from "./glob.ts";

describe("a glob", () => {
  test.each([
    ["acme/app", ["acme/app"], ["acme/apps", "acme", "x/acme/app", "acme/app/x"]],
    ["acme/*", ["acme/app", "acme/a.b-c"], ["acme", "acme/app/x", "acmes/app"]],
    ["acme/**", ["acme/app", "acme/app/x"], ["acme", "acmes/app"]],
    ["**", ["a", "a/b/c"], []],
    ["*", ["a", "abc"], ["a/b"]],
    ["*/cache", ["acme/cache"], ["cache", "acme/x/cache"]],
    ["**/cache", ["acme/cache", "acme/x/cache"], ["cache", "acme/cache/x"]],
    ["acme/app-?", ["acme/app-1"], ["acme/app-", "acme/app-10", "acme/app-/"]],
    ["a.c", ["a.c"], ["abc"]],
    ["[ab]", [], ["a", "b"]],
    ["", [""], ["a"]],
    ["release/*", ["release/1.x"], ["release/1/x", "elease/1"]],
    ["v1.2", ["v1.2"], ["v1x2"]],
    ["a+b(c)[d]{e}|f^g$h", ["a+b(c)[d]{e}|f^g$h"], ["aab"]],
    ["main", ["main"], ["mai", "ain", "feature\nmain", "main\n"]],
  ])("%j matches only whole names", (glob, matching, others) => {
    const matches = compileGlob(glob);
    expect(matching.filter((name) => !matches(name))).toEqual([]);
    expect(others.filter((name) => matches(name))).toEqual([]);
  });

  test("matches what an equivalent regular expression matches", () => {
    const glob = fc.array(fc.constantFrom("a", "b", "/", "*", "**", "?"), { maxLength: 6 });
    const name = fc.array(fc.constantFrom("a", "b", "/"), { maxLength: 6 });
    fc.assert(
      fc.property(glob, name, (tokens, letters) => {
        const text = tokens.join("");
        const source = text.replace(/\*\*|[*?]/g, (part) =>
          part === "**" ? ".*" : part === "*" ? "[^/]*" : "[^/]",
        );
        const path = letters.join("");
        expect(compileGlob(text)(path)).toBe(new RegExp(`^${source}$`).test(path));
      }),
      { numRuns: 2_000 },
    );
  });

  test("stays fast with very many stars", () => {
    const began = performance.now();
    expect(compileGlob("**a".repeat(80))("a".repeat(250) + "b")).toBe(false);
    expect(performance.now() - began).toBeLessThan(500);
  });
});
