import { expect, it } from "vitest";
import { chooseObjects, type SavedObject } from "./choose-objects.ts";
import type { ObjectEntry } from "./object-entries.ts";

const at = (time: number) => time * 1000;
const stored = (path: string, digest: string, time = 1): ObjectEntry => ({
  path,
  chunks: [{ digest, length: 10 }],
  entry: {
    ...{ kind: "file", path: `0/${path}`, mode: 0o600, mtime: at(time), uid: 0, gid: 0 },
    ...{ size: 10, isSparse: false, chunks: [0] },
  },
});
const entries = (...all: readonly ObjectEntry[]) => new Map(all.map((one) => [one.path, one]));
const ours = (path: string, mtimeMs = 1, file?: string): SavedObject => {
  return { path, size: 10, mtimeMs, file };
};
const choose = (
  objects: readonly SavedObject[],
  { before = entries(), others = entries(), mostBytes = 1000 } = {},
) => {
  const chosen = chooseObjects({ objects, before, others, mostBytes });
  return Object.fromEntries(
    chosen.map(({ path, content }) => [
      path,
      "file" in content ? content.file : content.stored.chunks[0]?.digest,
    ]),
  );
};

it("what was written is taken from its file, what was not from where it is stored", () => {
  const before = entries(stored("a", "a1"), stored("b", "b1"));
  expect(choose([ours("a"), ours("b", 2, "/b")], { before })).toEqual({ a: "a1", b: "/b" });
});

it("what another job added or changed is kept, and ours of the same path", () => {
  const before = entries(stored("a", "a1"), stored("gone", "g1"), stored("changed", "c1"));
  const others = entries(
    stored("a", "a2"),
    stored("new", "n1"),
    stored("gone", "g1"),
    stored("changed", "c2"),
  );
  // Both `gone` and `changed` were dropped here; the other job wrote one of them again.
  expect(choose([ours("a")], { before, others })).toEqual({ a: "a1", new: "n1", changed: "c2" });
});

it("nothing is both an object and a folder", () => {
  const others = entries(stored("a", "x"), stored("b/c", "y"), stored("d/e", "z"));
  expect(choose([ours("a/b", 1, "/1"), ours("b", 1, "/2")], { others })).toEqual({
    "a/b": "/1",
    b: "/2",
    "d/e": "z",
  });
});

it("the least recently used are left out if all would be too much", () => {
  const others = entries(stored("old", "o", 1), stored("new", "n", 3));
  const objects = [ours("a", 2, "/a"), ours("b", 4, "/b")];
  expect(choose(objects, { others, mostBytes: 30 })).toEqual({ b: "/b", new: "n", a: "/a" });
});
