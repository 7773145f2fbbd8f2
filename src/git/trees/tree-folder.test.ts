import { execFileSync } from "node:child_process";
import {
  type Dirent,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { chmod } from "node:fs/promises";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FormatError } from "../../errors.ts";
import { makeScratchFolder, type ScratchFolder } from "../../../test/support/scratch-repository.ts";
import { TreeFolder } from "./tree-folder.ts";
import { findCommit } from "./trees.ts";
import { readWorkingTree } from "../working-tree.ts";

let scratch: ScratchFolder;
let folder: TreeFolder;
beforeEach(async () => {
  scratch = makeScratchFolder();
  scratch.init("app");
  folder = await TreeFolder.create(scratch.options("app"));
});
afterEach(async () => {
  await folder[Symbol.asyncDispose]();
  scratch[Symbol.dispose]();
});

const inApp = (path: string): string => join(scratch.path, "app", path);

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(inApp(path)), { recursive: true });
    writeFileSync(inApp(path), text);
  }
}

/** Commits everything and returns the tree. */
function commitAll(): string {
  scratch.git("app", "add", "--all");
  scratch.git("app", "commit", "-q", "--allow-empty", "-m", "x");
  return scratch.git("app", "rev-parse", "HEAD^{tree}");
}

/** Node's own recursion has followed links since Node 26. */
function entriesBelow(folder: string): Dirent[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? [entry, ...entriesBelow(join(folder, entry.name))] : [entry],
  );
}

/** Each entry of a folder: links by target, files by executable bit and content. */
function listing(root: string, skip = ""): Record<string, string> {
  const found: Record<string, string> = {};
  for (const entry of entriesBelow(root)) {
    const path = join(entry.parentPath, entry.name).slice(root.length + 1);
    if (skip !== "" && (path === skip || path.startsWith(`${skip}/`))) continue;
    const file = join(root, path);
    const { mode } = lstatSync(file);
    if (entry.isSymbolicLink()) found[path] = `-> ${readlinkSync(file)}`;
    else if (entry.isFile()) {
      found[path] = `${(mode & 0o100) === 0 ? "-" : "x"} ${readFileSync(file, "latin1")}`;
    } else found[path] = "folder";
  }
  return found;
}

describe("a tree's folder", () => {
  it("contains the files of a commit as a checkout would, and then those of another", async () => {
    write({ "a/b/c": "deep", run: "#!", empty: "", "twice/1": "same", "twice/2": "same" });
    await chmod(inApp("run"), 0o755);
    symlinkSync("a/b", inApp("link"));
    const first = commitAll();
    await folder.show(first);
    expect(listing(folder.path)).toEqual(listing(scratch.path + "/app", ".git"));

    rmSync(inApp("a"), { recursive: true });
    rmSync(inApp("link"));
    write({ a: "now a file", "link/inside": "now a folder", run: "changed" });
    await chmod(inApp("twice/2"), 0o755);
    const second = commitAll();
    await folder.show(second);
    expect(listing(folder.path)).toEqual(listing(scratch.path + "/app", ".git"));
    await folder.show(first);
    expect(readlinkSync(join(folder.path, "link"))).toBe("a/b");
    await folder.show(second);
    await folder[Symbol.asyncDispose]();
    expect(existsSync(folder.path)).toBe(false);
  });

  it("is the same whatever it contained before, for any history", async () => {
    const name = fc.constantFrom("a", "b", "a/x", "a/y", "b/x/y", "c d", "ü", "-n");
    const state = fc.dictionary(
      name,
      fc.oneof(
        fc.string({ maxLength: 20 }).map((text) => ({ kind: "file" as const, text })),
        fc.constant({ kind: "link" as const, text: "a" }),
        fc.constant({ kind: "run" as const, text: "#!" }),
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(state, { minLength: 2, maxLength: 4 }), async (states) => {
        for (const files of states) {
          const entries = Object.entries(files).filter(
            ([path]) => !Object.keys(files).some((other) => path.startsWith(`${other}/`)),
          );
          const tree = treeOf(entries.map(([path, { kind, text }]) => ({ path, kind, text })));
          await folder.show(tree);
          const expected = Object.fromEntries(
            entries.map(([path, { kind, text }]) => [
              path,
              kind === "link" ? `-> ${text}` : `${kind === "run" ? "x" : "-"} ${text}`,
            ]),
          );
          const found = Object.entries(listing(folder.path)).filter(([, is]) => is !== "folder");
          expect(
            Object.fromEntries(found.map(([p, is]) => [p, Buffer.from(is, "latin1").toString()])),
          ).toEqual(expected);
        }
      }),
      { numRuns: 25 },
    );
  });

  it("reports what it cannot contain: submodules, and blobs missing from a partial clone", async () => {
    write({ "keep/file": "here", gone: "a blob that goes" });
    const id = scratch.git("app", "rev-parse", `${commitHead()}:gone`);
    scratch.git("app", "update-index", "--add", "--cacheinfo", `160000,${"1".repeat(40)},sub`);
    const tree = scratch.git("app", "write-tree");
    rmSync(inApp(`.git/objects/${id.slice(0, 2)}/${id.slice(2)}`), { force: true });
    await folder.show(tree);
    expect(folder.opaque).toEqual(
      new Map([
        ["sub", "1".repeat(40)],
        ["gone", id],
      ]),
    );
    expect(existsSync(join(folder.path, "keep/file"))).toBe(true);
    await folder.show(scratch.git("app", "rev-parse", "HEAD~1^{tree}"));
    expect(folder.opaque).toEqual(new Map());
  });

  it("rejects a tree with paths outside the folder", async () => {
    const blob = scratch.git("app", "hash-object", "-w", "first");
    const inner = mktree(`100644 blob ${blob}\tevil`);
    await expect(folder.show(mktree(`040000 tree ${inner}\t..`))).rejects.toThrow(FormatError);
    await expect(folder.show(mktree(`040000 tree ${inner}\t.git`))).rejects.toThrow(FormatError);
  });
});

describe("the files on disk as a tree", () => {
  it("are those that git would commit, without a change to the repository", async () => {
    write({ ".gitignore": "ignored\n", tracked: "1", gone: "1" });
    commitAll();
    write({ ignored: "x", tracked: "2", fresh: "new" });
    rmSync(inApp("gone"));
    const status = scratch.git("app", "status", "--porcelain");
    const objects = scratch.git("app", "count-objects", "-v");
    await using working = await readWorkingTree(scratch.options("app"));
    await folder.show(working.tree, working.git);
    expect(Object.keys(listing(folder.path)).sort()).toEqual([
      ".gitignore",
      "first",
      "fresh",
      "tracked",
    ]);
    expect(readFileSync(join(folder.path, "tracked"), "utf8")).toBe("2");
    expect(scratch.git("app", "status", "--porcelain")).toBe(status);
    expect(scratch.git("app", "count-objects", "-v")).toBe(objects);
  });

  it("are read before the first commit, too", async () => {
    scratch.git("", "init", "-q", "fresh");
    writeFileSync(join(scratch.path, "fresh/file"), "1");
    await using working = await readWorkingTree(scratch.options("fresh"));
    expect(working.tree).toMatch(/^[0-9a-f]{40}$/);
  });
});

describe("a revision", () => {
  it("is a commit and its tree, or undefined if this clone does not have it", async () => {
    const git = scratch.options("app");
    const commit = scratch.git("app", "rev-parse", "HEAD");
    const tree = scratch.git("app", "rev-parse", "HEAD^{tree}");
    expect(await findCommit(git, "main")).toEqual({ commit, tree });
    expect(await findCommit(git, "nowhere")).toBeUndefined();
    expect(await findCommit(git, "0".repeat(40))).toBeUndefined();
    for (const bad of ["", "--all", "-n1"]) {
      await expect(findCommit(git, bad)).rejects.toThrow("does not refer to a single commit");
    }
  });
});

function commitHead(): string {
  commitAll();
  return "HEAD";
}

function mktree(lines: string): string {
  const cwd = join(scratch.path, "app");
  return execFileSync("git", ["mktree"], { cwd, env: scratch.env, input: `${lines}\n` })
    .toString()
    .trim();
}

interface Leaf {
  readonly path: string;
  readonly kind: "file" | "link" | "run";
  readonly text: string;
}

/** A tree with these entries, without a checkout. */
function treeOf(leaves: readonly Leaf[]): string {
  const cwd = join(scratch.path, "app");
  const env = { ...scratch.env, GIT_INDEX_FILE: join(scratch.path, "index") };
  rmSync(env.GIT_INDEX_FILE, { force: true });
  const lines = leaves.map(({ path, kind, text }) => {
    const hash = ["hash-object", "-w", "--stdin"];
    const id = execFileSync("git", hash, { cwd, env, input: text }).toString().trim();
    const mode = kind === "link" ? "120000" : kind === "run" ? "100755" : "100644";
    return `${mode} ${id}\t${path}\0`;
  });
  execFileSync("git", ["update-index", "-z", "--index-info"], { cwd, env, input: lines.join("") });
  return execFileSync("git", ["write-tree"], { cwd, env }).toString().trim();
}
