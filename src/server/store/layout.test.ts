import fc from "fast-check";
import { expect, test } from "vitest";
import { tagPattern } from "../../oci/reference.ts";
import { digestFileName, digestOfFileName, tagFileName, tagOfFileName } from "./layout.ts";

test("a tag in lower case is its own file name, and capitals are told in a mask", () => {
  expect(tagFileName("v1.2-rc_3")).toBe("v1.2-rc_3");
  expect(tagFileName("RC")).toBe("rc!3");
  expect(tagFileName("aB")).toBe("ab!2");
});

test("every tag has a file name of its own, also where case does not count, and comes back", () => {
  const tag = fc.stringMatching(tagPattern);
  fc.assert(
    fc.property(tag, tag, (one, other) => {
      const file = tagFileName(one);
      expect(tagOfFileName(file)).toBe(one);
      expect(file.length).toBeLessThanOrEqual(255);
      expect(file).toBe(file.toLowerCase());
      if (one !== other) expect(tagFileName(other)).not.toBe(file);
    }),
  );
});

test("the longest tag of capitals fits into a file name", () => {
  const tag = "A".repeat(128);
  expect(tagFileName(tag).length).toBe(161);
  expect(tagOfFileName(tagFileName(tag))).toBe(tag);
});

test("files that are not ours are no tags and no digests", () => {
  expect(["a!", "a!x!1", "a!xyz"].map(tagOfFileName)).toEqual([undefined, undefined, undefined]);
  expect([".DS_Store", "sha256-12"].map(digestOfFileName)).toEqual([undefined, undefined]);
});

test("a digest comes back from its file name", () => {
  const digest = `sha512:${"0f".repeat(64)}` as const;
  expect(digestOfFileName(digestFileName(digest))).toBe(digest);
});
