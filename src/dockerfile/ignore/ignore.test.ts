import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileGlobs, compileIgnore } from "./ignore.ts";

/**
 * [ignore file, path, whether it is left out], according to moby/patternmatcher and BuildKit's
 * walker.
 */
const cases: readonly (readonly [string, string, boolean])[] = [
  // Plain names match only at the top, with everything below them.
  ["a", "a", true],
  ["a", "a/b/c", true],
  ["a", "b/a", false],
  ["a", "ab", false],
  ["a/b", "a/b", true],
  ["a/b", "a/b/c", true],
  ["a/b", "a", false],
  ["a/b", "x/a/b", false],
  // Slashes, dots and white space.
  ["/a", "a", true],
  ["a/", "a", true],
  ["/a/", "a/b", true],
  ["//a", "a", true],
  ["./a", "a", true],
  ["a//b", "a/b", true],
  ["a/./b", "a/b", true],
  ["a/x/../b", "a/b", true],
  ["../a", "a", false],
  [".", "a", false],
  ["/", "a", false],
  ["  a  ", "a", true],
  ["a\r", "a", true],
  // Letter case matters.
  ["readme.md", "README.md", false],
  ["README.md", "README.md", true],
  // Comments, blank lines and the byte order mark.
  ["# a\n\nb", "# a", false],
  ["#a", "#a", false],
  [" #a", "#a", true],
  ["\\#a", "#a", true],
  ["\uFEFFa", "a", true],
  ["\uFEFF# a", "a", false],
  // One star and the question mark stop at slashes.
  ["*", "a", true],
  ["*", "a/b", true],
  ["*.md", "a.md", true],
  ["*.md", "a/b.md", false],
  ["a/*", "a", false],
  ["a/*", "a/b/c", true],
  ["a/*/c", "a/b/c", true],
  ["a/*/c", "a/b/d/c", false],
  ["a?c", "abc", true],
  ["a?c", "a/c", false],
  ["?", "é", true],
  ["?", "😀", true],
  // Two stars match them.
  ["**", "a/b", true],
  ["**/a", "a", true],
  ["**/a", "x/y/a", true],
  ["**/a", "x/ya", false],
  ["**/a", "x/a/b", true],
  ["a/**", "a", false],
  ["a/**", "a/b/c", true],
  ["a**", "abc/d", true],
  ["a/**/b", "a/b", true],
  ["a/**/b", "a/x/y/b", true],
  ["a/**/b/**", "a/x/b/c", true],
  ["a/**/b/**", "a/x/b", false],
  ["**.md", "x/readme.md", true],
  ["**.md", "readme.md.txt", false],
  ["**/*.md", "readme.md", true],
  ["**/*.md", "a/b/readme.md", true],
  ["**/node_modules", "packages/a/node_modules/b/index.js", true],
  ["a**b", "a/x/b", true],
  ["***", "a/b", true],
  // Special characters of regular expressions that are ordinary in patterns.
  ["a+", "a+", true],
  ["a+", "aa", false],
  ["**/a+b", "x/a+b", true],
  ["*+", "a+", true],
  ["*+", "aaa", false],
  ["(a|b)", "(a|b)", true],
  ["(a|b)", "a", false],
  ["*(a|b)", "x(a|b)", true],
  ["*(a|b)", "xa", false],
  ["a.b", "axb", false],
  ["*.b", "axb", false],
  ["*$", "a$", true],
  ["*{1}", "a{1}", true],
  // Brackets.
  ["[ab]c", "bc", true],
  ["[a-c]x", "bx", true],
  ["[^a-c]x", "bx", false],
  ["[^a-c]x", "dx", true],
  ["[!a]x", "!x", true],
  ["[!a]x", "bx", false],
  ["a]", "a]", true],
  ["*]", "a]", true],
  ["[[]a", "[a", true],
  ["x[[:digit:]]", "x7", true],
  ["x[[:digit:]]", "xd", false],
  ["x[^[:alpha:]_]", "x7", true],
  ["x[^[:alpha:]_]", "xa", false],
  ["x[:a]", "x:", true],
  // Escapes.
  ["a\\*", "a*", true],
  ["a\\*", "ab", false],
  ["a\\[b", "a[b", true],
  ["\\!a", "!a", true],
  ["a\\ b", "a b", true],
  ["\\d", "7", true],
  ["\\a", "a", false],
  ["\\a", "\u0007", true],
  // Exceptions.
  ["*\n!a", "a", false],
  ["*\n!a", "a/b", false],
  ["*\n!a", "b", true],
  ["*\n!/a/", "a/b", false],
  ["*\n! a", "a", false],
  ["a\n!a/b", "a/b/c", false],
  ["a\n!a/b", "a/c", true],
  ["!a\na", "a", true],
  ["*.md\n!README*.md\nREADME-secret.md", "README-secret.md", true],
  ["*.md\n!README*.md\nREADME-secret.md", "README-open.md", false],
  ["**\n!src/**", "src/a/b.c", false],
  ["**\n!src/**", "lib/a", true],
  ["**/*.c\n!src/**/*.c", "src/x/y.c", false],
  // BuildKit's walker remembers only the patterns that it tried on a folder. An exception for a
  // folder from which nothing had been left out does not apply to its entries.
  ["a/b\n!a", "a/b", true],
  ["a\n!a/x\na", "a/x", false],
];

describe("compileIgnore", () => {
  it.each(cases)("%j leaves out %j: %s", (text, path, expected) => {
    expect(compileIgnore(text).matches(path)).toBe(expected);
  });

  it.each([
    ["a\n[b", '.dockerignore:2: "[b" is not a valid pattern: it has an unclosed bracket'],
    ["[]a]", '.dockerignore:1: "[]a]" is not a valid pattern: it has a malformed bracket'],
    ["[a-]", '.dockerignore:1: "[a-]" is not a valid pattern: it has a malformed bracket'],
    ["a\\", '.dockerignore:1: "a\\" is not a valid pattern: nothing follows the backslash'],
    ["!", '.dockerignore:1: "!" is not a valid pattern: nothing comes after the !'],
    ["!/", '.dockerignore:1: "!" is not a valid pattern: nothing comes after the !'],
  ])("refuses %j", (text, message) => {
    expect(() => compileIgnore(text)).toThrow(message);
  });

  it.each([
    ["a\n\\q", "x", '.dockerignore:2: "\\q" is not a valid pattern: \\q is not a valid escape'],
    ["[b-a]", "x", '.dockerignore:1: "[b-a]" is not a valid pattern: it has malformed brackets'],
    [
      "*\n!x\n[b-a]",
      "x",
      '.dockerignore:3: "[b-a]" is not a valid pattern: it has malformed brackets',
    ],
    [
      "[[:no:]]",
      "x",
      '.dockerignore:1: "[[:no:]]" is not a valid pattern: [:no:] is not a character class',
    ],
  ])("rejects %j once %s is compared with it", (text, path, message) => {
    const rules = compileIgnore(text);
    expect(() => rules.matches(path)).toThrow(message);
  });

  it.each([
    ["*\n[b-a]", "x", true],
    ["![b-a]", "x", false],
    ["*\n!x\n[b-a]", "y", true],
  ])("never compares %s with the invalid pattern of %j", (text, path, expected) => {
    expect(compileIgnore(text).matches(path)).toBe(expected);
  });

  it("never reports that nothing can be taken back if something is", () => {
    const name = fc.constantFrom("a", "b", "*", "**", "a*", "?");
    const pattern = fc
      .tuple(fc.boolean(), fc.array(name, { minLength: 1, maxLength: 3 }))
      .map(([exception, parts]) => `${exception ? "!" : ""}${parts.join("/")}`);
    const path = fc.array(fc.constantFrom("a", "b", "ab"), { minLength: 2, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(pattern, { maxLength: 5 }), path, (lines, parts) => {
        const rules = compileIgnore(lines.join("\n"));
        const whole = parts.join("/");
        for (let depth = 1; depth < parts.length; depth++) {
          const folder = parts.slice(0, depth).join("/");
          if (!rules.matches(folder) || rules.mayTakeBackBelow(folder)) continue;
          expect(rules.matches(whole)).toBe(true);
        }
      }),
    );
  });
});

it.each([
  ["# x\n\na\nb", "b/c", 4],
  ["a\n*\n!b\nb/c", "b/c", 4],
  ["*\n!b", "b", undefined],
  ["*\n!b", "a", 1],
  ["a\na/b", "a/b", 1],
  ["a", "b", undefined],
])("%j leaves out %j by line %s", (text, path, line) => {
  expect(compileIgnore(text).lineFor(path)).toBe(line);
});

describe("compileGlobs", () => {
  it.each(["[b-a]", "\\q", "[a"])("rejects %s at once", (glob) => {
    expect(() => compileGlobs(["*", glob])).toThrow("is not a valid pattern");
  });

  it.each([
    [["src/**"], "src/a/b.ts", true],
    [["src/**"], "lib/a", false],
    [["src"], "src/a/b.ts", true],
    [["**/*.{ts,js}"], "a/b.js", true],
    [["**/*.{ts,js}"], "a/b.rs", false],
    [["{a,b/{c,d}}/x"], "b/d/x", true],
    [["{a,b/{c,d}}/x"], "a/x", true],
    [["{a,b/{c,d}}/x"], "b/x", false],
    [["src/**", "!src/**/*.md"], "src/a/readme.md", false],
    [["a\\{b"], "a{b", true],
  ])("%j takes %j: %s", (globs, path, expected) => {
    expect(compileGlobs(globs).matches(path)).toBe(expected);
  });

  it("does not look below folders that no glob can match", () => {
    const rules = compileGlobs(["src/app/*.ts", "lib"]);
    expect(["src", "src/app", "docs", "src/other"].map((f) => rules.mayMatchBelow(f))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});
