import { copyFile, mkdir, mkdtemp, rm, stat, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { UsageError } from "../errors.ts";
import { complaintOf, type GitOptions, runGit } from "./run-git.ts";

/** The files on disk as a tree, which only `git` can read: its objects are outside of the repository. */
export interface WorkingTree extends AsyncDisposable {
  readonly tree: string;
  readonly git: GitOptions;
  /** Submodules with changes in them, by their paths: the tree has only the commit that they are at. */
  readonly dirtySubmodules: readonly string[];
}

/** A checkout of gigabytes whose files have all been touched is hashed again. */
const timeoutMs = 600_000;

/**
 * The tree that `git add --all` and a commit would make of the files on disk, without what git
 * ignores. The repository and its index stay as they are. `git.cwd` is the checkout's top. Throws
 * a usage error where git cannot read a file.
 */
export async function readWorkingTree(git: GitOptions): Promise<WorkingTree> {
  const folder = await mkdtemp(join(tmpdir(), "layerkeep-index-"));
  const dispose = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const paths = await ask(git, ["rev-parse", "--git-path", "index", "--git-path", "objects"]);
    const [index = "", objects = ""] = paths.split("\n").map((path) => resolve(git.cwd, path));
    await mkdir(join(folder, "objects"));
    // With the index's own notes git reads again only what has changed.
    await copyIndex(index, join(folder, "index")).catch(ignoreMissing);
    const elsewhere = git.env["GIT_ALTERNATE_OBJECT_DIRECTORIES"];
    const own: GitOptions = {
      ...git,
      env: {
        ...git.env,
        GIT_INDEX_FILE: join(folder, "index"),
        GIT_OBJECT_DIRECTORY: join(folder, "objects"),
        GIT_ALTERNATE_OBJECT_DIRECTORIES: [
          objects,
          ...(elsewhere === undefined ? [] : [elsewhere]),
        ].join(":"),
      },
    };
    await ask(own, ["-c", "advice.addEmbeddedRepo=false", "add", "--all", "--", "."]);
    // A partial clone lacks blobs of what is not checked out.
    const tree = await ask(own, ["write-tree", "--missing-ok"]);
    const dirtySubmodules = await findDirtySubmodules(own);
    return { tree, git: own, dirtySubmodules, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/**
 * With its time: git reads again what has the same size and was written in the second of its
 * index, or later, since a change in that second leaves no trace. A younger copy would hide it.
 */
async function copyIndex(index: string, copy: string): Promise<void> {
  const { atime, mtime } = await stat(index);
  await copyFile(index, copy);
  await utimes(copy, atime, mtime);
}

/** What differs still from the index that all was added to: `:160000 160000 <id> <id> M`, and the path. */
async function findDirtySubmodules(git: GitOptions): Promise<readonly string[]> {
  const flags = ["--raw", "-z", "--no-renames", "--ignore-submodules=none"];
  const fields = (await ask(git, ["diff-files", ...flags])).split("\0");
  return fields.flatMap((field, at) =>
    field.startsWith(":160000 ") ? (fields[at + 1] ?? []) : [],
  );
}

async function ask(git: GitOptions, args: readonly string[]): Promise<string> {
  const result = await runGit(git, args, timeoutMs);
  if (result?.exitCode === 0) return result.stdout.trim();
  const why = result === undefined ? "there is no git" : complaintOf(result);
  throw new UsageError(`git cannot read the files of ${git.cwd}: ${why}`, {
    hint: "compare commits alone: --head HEAD",
  });
}

/** There is none before the first `git add`. */
function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error;
}
