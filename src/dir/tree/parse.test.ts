import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FormatError } from "../../errors.ts";
import { hashOf } from "../threads/hash.ts";
import { encodeTree } from "./encode.ts";
import { parseTree } from "./parse.ts";
import type { Entry, Tree } from "./tree.ts";

const meta = { mode: 0o644, mtime: 1_700_000_000_000_000, uid: 1000, gid: 1000 };
const root: Entry = { ...meta, kind: "folder", path: "0", mode: 0o755 };
const chunk = { digest: hashOf(Buffer.from("abc")), length: 3 };
const file = (path: string): Entry => ({
  ...meta,
  kind: "file",
  path,
  size: 3,
  isSparse: false,
  chunks: [0],
});
const link = (path: string, target: string): Entry => ({ ...meta, kind: "symlink", path, target });
const tree = (...entries: readonly Entry[]): Tree => ({
  roots: ["x"],
  packs: [[chunk]],
  entries: [root, ...entries],
});

it("reads what was written", () => {
  const given = tree(
    { ...root, path: "0/a" },
    file("0/a/b"),
    { ...meta, kind: "hardlink", path: "0/a/c", to: "0/a/b" },
    link("0/\xff", "../../etc"),
  );
  expect(parseTree(encodeTree(given))).toEqual(given);
});

describe("what leads out of a cache is refused:", () => {
  it.each([
    ["a folder above", [file("0/..")]],
    ["a folder above, further below", [{ ...root, path: "0/a" }, file("0/a/..")]],
    ["an absolute path", [file("/etc/passwd")]],
    ["a path behind a link", [link("0/a", "/etc"), file("0/a/passwd")]],
    ["a path behind a file", [file("0/a"), file("0/a/b")]],
    ["a path in no folder", [file("0/a/b")]],
    ["a name with a NUL", [file("0/a\0b")]],
    ["an empty name", [file("0/")]],
    ["the folder itself", [file("0/.")]],
    ["another root", [{ ...root, path: "1" }]],
    ["a root with another name", [{ ...root, path: "00" }]],
    ["a name twice", [file("0/a"), file("0/a")]],
    ["a name that is too long", [file(`0/${"a".repeat(256)}`)]],
    [
      "a hard link to a link",
      [link("0/a", "/etc/passwd"), { ...meta, kind: "hardlink", path: "0/b", to: "0/a" }],
    ],
    [
      "a hard link to what comes later",
      [{ ...meta, kind: "hardlink", path: "0/a", to: "0/b" }, file("0/b")],
    ],
    [
      "a hard link out of the cache",
      [{ ...meta, kind: "hardlink", path: "0/a", to: "/etc/passwd" }],
    ],
    ["a link without a target", [link("0/a", "")]],
  ] satisfies [string, Entry[]][])("%s", (_, entries) => {
    expect(() => parseTree(encodeTree(tree(...entries)))).toThrow(FormatError);
  });
});

it("refuses sizes and chunks that do not match", () => {
  const bad = (changes: object): Tree => tree({ ...file("0/a"), ...changes });
  expect(() => parseTree(encodeTree(bad({ size: 4 })))).toThrow("another size than its chunks");
  expect(() => parseTree(encodeTree(bad({ chunks: [1] })))).toThrow("an unknown chunk");
  expect(() => parseTree(encodeTree(bad({ mode: 0o100644 })))).toThrow("an unknown mode");
});

it("gives a format error for any other bytes, and takes no memory for what is not there", () => {
  const whole = encodeTree(tree(file("0/a"), file("0/b"), link("0/c", "a")));
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.nat(255), fc.boolean(), (at, byte, isCut) => {
      const bytes = Buffer.from(isCut ? whole.subarray(0, at) : whole);
      if (!isCut) bytes[at] = byte;
      try {
        parseTree(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(FormatError);
      }
    }),
  );
});
