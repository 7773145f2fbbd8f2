import { count } from "../../count.ts";
import {
  chmodSync,
  closeSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  openSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeSync,
} from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { FormatError } from "../../errors.ts";
import { type BlobSink, readBlobs } from "./blobs.ts";
import type { GitOptions } from "../run-git.ts";
import { changesBetween, type TreeEntry } from "./trees.ts";

const submodule = "160000";
const link = "120000";
const executable = "100755";
/** No system follows longer ones. */
const longestTarget = 64 << 10;

/**
 * A temporary folder with the files of one of a repository's trees, and then of another: only the
 * differences are written. The repository does not change. Modes are git's: 0644 and 0755.
 */
export class TreeFolder implements AsyncDisposable {
  /** Absolute. */
  readonly path: string;
  readonly #base: string;
  readonly #git: GitOptions;
  readonly #opaque = new Map<string, string>();
  #tree: string | undefined;

  private constructor(git: GitOptions, base: string) {
    this.#git = git;
    this.#base = base;
    // Deep enough that a path which leaves the repository finds nothing.
    this.path = join(base, "a/b/c/d/e/f/g/h/tree");
  }

  static async create(git: GitOptions): Promise<TreeFolder> {
    return new TreeFolder(git, await mkdtemp(join(tmpdir(), "layerkeep-tree-")));
  }

  /**
   * Entries of the tree that are not in the folder, by path, with their ids: submodules, blobs
   * missing from a partial clone, and names that are not UTF-8.
   */
  get opaque(): ReadonlyMap<string, string> {
    return this.#opaque;
  }

  /**
   * Makes the folder's content equal to a tree. Throws a format error for a tree that cannot be a
   * folder.
   */
  async show(tree: string, git: GitOptions = this.#git): Promise<void> {
    const changes = await changesBetween(git, this.#tree, tree);
    if (this.#tree === undefined) this.#clear();
    // A failure half-way must not leave a folder that counts as a tree.
    this.#tree = undefined;
    for (const { path, before } of changes) {
      if (before !== undefined && !this.#opaque.delete(path)) this.#remove(path);
    }
    const placed = new Map<string, Placed[]>();
    for (const { path, entry } of changes) {
      if (entry === undefined) continue;
      if (entry.mode === submodule || path.includes("\uFFFD")) {
        this.#opaque.set(path, entry.id);
        continue;
      }
      const same = placed.get(entry.id);
      if (same === undefined) placed.set(entry.id, [{ path, entry }]);
      else same.push({ path, entry });
    }
    const missing = await readBlobs(git, [...placed.keys()], (id) =>
      this.#sink(placed.get(id) ?? []),
    );
    for (const id of missing) {
      for (const { path } of placed.get(id) ?? []) this.#opaque.set(path, id);
    }
    this.#tree = tree;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#base, { recursive: true, force: true });
  }

  #clear(): void {
    rmSync(this.path, { recursive: true, force: true });
    mkdirSync(this.path, { recursive: true });
    this.#opaque.clear();
  }

  #sink(places: readonly Placed[]): BlobSink {
    const files = places.filter(({ entry }) => entry.mode !== link);
    const links = places.filter(({ entry }) => entry.mode === link);
    const [first] = files;
    const fd = first === undefined ? undefined : this.#open(first);
    const target: Buffer[] = [];
    let length = 0;
    return {
      write: (chunk) => {
        if (fd !== undefined) writeAll(fd, chunk);
        length += chunk.length;
        if (links.length > 0 && length <= longestTarget) target.push(Buffer.from(chunk));
      },
      end: () => {
        if (fd !== undefined) closeSync(fd);
        for (const place of files.slice(1)) this.#copy(first?.path ?? "", place);
        if (links.length === 0) return;
        if (length === 0 || length > longestTarget) {
          throw new FormatError(
            `the symbolic link ${links[0]?.path ?? ""} has an invalid target of ${count(length, "byte")}`,
          );
        }
        for (const { path } of links) symlinkSync(Buffer.concat(target), this.#place(path));
      },
    };
  }

  #open({ path, entry }: Placed): number {
    return openSync(this.#place(path), "wx", entry.mode === executable ? 0o755 : 0o644);
  }

  #copy(from: string, { path, entry }: Placed): void {
    const to = this.#place(path);
    copyFileSync(join(this.path, from), to);
    chmodSync(to, entry.mode === executable ? 0o755 : 0o644);
  }

  /** The absolute path for a new file, whose parent folders exist. */
  #place(path: string): string {
    checkPath(path);
    const file = join(this.path, path);
    makeFolder(dirname(file), this.path);
    return file;
  }

  /** Deletes a file and the folders that it leaves empty: git has no empty folders. */
  #remove(path: string): void {
    checkPath(path);
    const file = join(this.path, path);
    rmSync(file, { force: true });
    for (let folder = dirname(file); folder.length > this.path.length; folder = dirname(folder)) {
      try {
        rmdirSync(folder);
      } catch {
        return;
      }
    }
  }
}

interface Placed {
  readonly path: string;
  readonly entry: TreeEntry;
}

/** A tree is untrusted: a hand-made one must not reach outside the folder. */
function checkPath(path: string): void {
  const parts = path.split("/");
  if (!parts.some((part) => part === "" || part === "." || part === ".." || /^\.git$/i.test(part)))
    return;
  throw new FormatError(`${path} is not a valid path in a git tree`);
}

/** Creates a folder within another; a link in its place would lead elsewhere. */
function makeFolder(folder: string, top: string): void {
  if (folder.length <= top.length) return;
  const stats = lstatSync(folder, { throwIfNoEntry: false });
  if (stats?.isDirectory() === true) return;
  if (stats !== undefined) throw new FormatError(`${folder} is both a file and a folder`);
  makeFolder(dirname(folder), top);
  mkdirSync(folder, 0o755);
}

function writeAll(fd: number, chunk: Buffer): void {
  for (let written = 0; written < chunk.length; ) {
    written += writeSync(fd, chunk, written, chunk.length - written);
  }
}
