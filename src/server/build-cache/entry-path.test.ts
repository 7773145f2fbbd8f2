import fc from "fast-check";
import { expect, it } from "vitest";
import { entryPath, parseEntryPath } from "./entry-path.ts";
import { parseObjectPath } from "./object-path.ts";

/** Not generated: keys with half of a surrogate pair, which JSON cannot carry either. */
const entry = fc.record({
  key: fc.string({ minLength: 1, maxLength: 170, unit: "grapheme" }),
  version: fc.string({ minLength: 1, maxLength: 256 }),
  number: fc.nat(2 ** 45),
});

it("says what an entry is found by, in names that every file system takes", () => {
  fc.assert(
    fc.property(entry, (one) => {
      const path = entryPath(one);
      expect(parseEntryPath(path)).toEqual(one);
      expect(path.length).toBeLessThan(4000);
      for (const name of path.split("/")) expect(name).toMatch(/^[$=\w-]{1,200}$/);
    }),
  );
});

it("is no path of the other protocols, and theirs are none of an entry", () => {
  expect(parseObjectPath(`/${entryPath({ key: "k", version: "v", number: 1 })}`)).toBeUndefined();
  for (const path of ["a/b", "$github", "$github/=1", "$github/YQ/=1", "$github/MTp2aw/1"]) {
    expect(parseEntryPath(path)).toBeUndefined();
  }
});
