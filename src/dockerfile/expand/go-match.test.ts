import { expect, it } from "vitest";
import { compileGoMatch, hasWildcards } from "./go-match.ts";

// From the documentation of Go's path.Match, and its tests.
it.each([
  ["abc", "abc", true],
  ["*", "abc", true],
  ["*c", "abc", true],
  ["a*", "ab/c", false],
  ["a*/b", "abc/b", true],
  ["a*/b", "a/c/b", false],
  ["a*b?c*x", "abxbbxdbxebxczzx", true],
  ["a*b?c*x", "abxbbxdbxebxczzy", false],
  ["ab[c]", "abc", true],
  ["ab[b-d]", "abc", true],
  ["ab[e-g]", "abc", false],
  ["ab[^b-d]", "abc", false],
  ["a\\*b", "a*b", true],
  ["a\\*b", "ab", false],
  ["a?b", "a☺b", true],
  ["a[^a]b", "a☺b", true],
  ["a[^a][^a][^a]b", "a☺b", false],
  ["[a-ζ]*", "α", true],
  ["*[a-ζ]", "A", false],
  ["a?b", "a/b", false],
  ["a[^x]b", "a/b", true],
  ["[\\]a]", "]", true],
  ["[\\-x]", "-", true],
  ["[x\\-]", "z", false],
  ["*x", "xxx", true],
  ["arr[[]0].txt", "arr[0].txt", true],
  ["[z-a]", "b", false],
  ["a+b(c)|$", "a+b(c)|$", true],
  ["a.c", "abc", false],
])("%s and %s: %s", (pattern, path, expected) => {
  expect(compileGoMatch(pattern)?.(path)).toBe(expected);
});

it.each(["[]a]", "[-]", "[x-]", "[-x]", "[", "[^", "[^bc", "a[", "a\\", "[a-b-c]"])(
  "%s is malformed",
  (pattern) => {
    expect(compileGoMatch(pattern)).toBeUndefined();
  },
);

it.each([
  ["a*", true],
  ["a?", true],
  ["[a]", true],
  ["a\\*", false],
  ["a\\\\*", true],
  ["a]", false],
])("%s has wildcards: %s", (path, expected) => {
  expect(hasWildcards(path)).toBe(expected);
});
