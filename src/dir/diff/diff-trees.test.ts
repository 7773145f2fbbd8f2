import { expect, it } from "vitest";
import type { Entry, Tree } from "../tree/tree.ts";
import { diffTrees } from "./diff-trees.ts";

const meta = { mode: 0o644, mtime: 1, uid: 0, gid: 0 };
const chunk = (digest: string) => ({ digest, length: 1 });
const folder = (path: string): Entry => ({ ...meta, mode: 0o755, path, kind: "folder" });
const link = (path: string, target: string): Entry => ({ ...meta, path, kind: "symlink", target });
const file = (path: string, chunks: readonly number[], more: Partial<typeof meta> = {}): Entry => ({
  ...meta,
  ...more,
  path,
  kind: "file",
  size: chunks.length,
  isSparse: false,
  chunks,
});
const tree = (packs: readonly string[], entries: readonly Entry[], roots = ["deps"]): Tree => ({
  roots,
  packs: packs.map((pack) => Array.from(pack, chunk)),
  entries,
});

it("finds what was added, removed and changed, wherever the packs have the chunks", () => {
  const first = tree(
    ["abc"],
    [
      folder("0"),
      file("0/content", [0, 1]),
      file("0/gone", [1]),
      file("0/grown", [0]),
      file("0/kind", [0]),
      link("0/link", "a"),
      file("0/mode", [2]),
      file("0/moved", [2, 1, 0]),
      file("0/touched", [0]),
    ],
  );
  const second = tree(
    ["c", "xba"],
    [
      folder("0"),
      file("0/content", [3, 1]),
      file("0/grown", [3, 2]),
      folder("0/kind"),
      link("0/link", "b"),
      file("0/mode", [0], { mode: 0o755 }),
      file("0/moved", [0, 2, 3]),
      folder("0/new"),
      file("0/new/file", [1]),
      file("0/touched", [3], { mtime: 2 }),
    ],
  );
  const { changed, ...rest } = diffTrees(first, second);
  expect(rest).toEqual({
    added: [
      { path: "deps/new", kind: "folder", size: null },
      { path: "deps/new/file", kind: "file", size: 1 },
    ],
    removed: [{ path: "deps/gone", kind: "file", size: 1 }],
    same: 3,
    touched: 1,
  });
  expect(changed.map(({ path, what }) => `${path}: ${what.join()}`)).toEqual([
    "deps/content: content",
    "deps/grown: content",
    "deps/kind: kind",
    "deps/link: target",
    "deps/mode: mode",
  ]);
  expect(changed[4]).toEqual({
    path: "deps/mode",
    what: ["mode"],
    before: { kind: "file", size: 1, mode: "644", target: null },
    after: { kind: "file", size: 1, mode: "755", target: null },
  });
});

it("a hard link is as good as a file of the same content", () => {
  const linked: Entry = { ...meta, path: "0/b", kind: "hardlink", to: "0/a" };
  const first = tree(["a"], [folder("0"), file("0/a", [0]), linked]);
  const second = tree(["xa"], [folder("0"), file("0/a", [1]), file("0/b", [1])]);
  expect(diffTrees(first, second)).toMatchObject({ changed: [], same: 3 });
  const third = tree(["xa"], [folder("0"), file("0/a", [1]), file("0/b", [0])]);
  expect(diffTrees(first, third).changed.map(({ path }) => path)).toEqual(["deps/b"]);
});

it("pairs saved paths in order, and names them as the first tree does", () => {
  const first = tree(["ab"], [folder("0"), file("0/a", [0])]);
  const second = tree(["ba"], [folder("0"), file("0/a", [0]), folder("1")], ["copy", "more"]);
  expect(diffTrees(first, second)).toMatchObject({
    added: [{ path: "more" }],
    changed: [{ path: "deps/a", what: ["content"] }],
  });
  expect(diffTrees(second, first)).toMatchObject({
    removed: [{ path: "more" }],
    changed: [{ path: "copy/a" }],
  });
});
