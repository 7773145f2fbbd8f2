import fc from "fast-check";
import { expect, it } from "vitest";
import { UsageError } from "../../errors.ts";
import { tagPattern } from "../../oci/reference.ts";
import { checkKey, tagOfKey, tagPrefixOf } from "./key-tag.ts";

it.each([
  ["npm-linux-3f2a", "dir-npm-linux-3f2a"],
  ["a/b c", "dir-a_2fb_20c"],
  ["x_y", "dir-x__y"],
  ["é", "dir-_c3_a9"],
])("writes %j as %s", (key, tag) => expect(tagOfKey(key)).toBe(tag));

const anyKey = fc.oneof(
  fc.string({ minLength: 1, maxLength: 300, unit: "binary" }),
  fc.stringMatching(/^[a-z_/-]{1,200}$/),
);

/** Half of a surrogate pair is no text. */
const isText = (text: string): boolean => Buffer.from(text).toString() === text;

it("gives every key a tag, and no two the same", () => {
  fc.assert(
    fc.property(anyKey, anyKey, (a, b) => {
      fc.pre(isText(a) && isText(b));
      expect(tagOfKey(a)).toMatch(tagPattern);
      expect(tagOfKey(a) === tagOfKey(b)).toBe(a === b);
    }),
  );
});

it("finds every key by each of its prefixes", () => {
  fc.assert(
    fc.property(anyKey, fc.nat(300), (key, length) => {
      const prefix = key.slice(0, length);
      fc.pre(isText(key) && isText(prefix));
      expect(tagOfKey(key).startsWith(tagPrefixOf(prefix))).toBe(true);
    }),
  );
});

it.each([
  ["", "the key is empty"],
  ["a\nb", 'the key "a\\nb" has a control character'],
  ["x".repeat(5000), "the key has 5000 characters, more than 4096"],
])("refuses %j", (key, message) => {
  expect(() => checkKey(key)).toThrow(UsageError);
  expect(() => checkKey(key)).toThrow(message);
});

it("takes a key of a thousand letters", () =>
  expect(checkKey("x".repeat(1000))).toHaveLength(1000));
