import { copyFile, mkdir, mkdtemp, rm, stat, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { UsageError } from "../errors.ts";
import { complaintOf, type GitOptions, runGit } from "./run-git.ts";

/**
 * The files on disk as a tree that only `git` can read: its objects are stored outside the
 * repository.
 */
export interface WorkingTree extends AsyncDisposable {
  readonly tree: string;
  readonly git: GitOptions;
  /** Paths of submodules with local changes: the tree only has their checked-out commits. */
  readonly dirtySubmodules: readonly string[];
}

/** Long enough to hash a checkout of gigabytes again, if all its files were touched. */
const timeoutMs = 600_000;

/**
 * The tree that `git add --all` and a commit would make from the files on disk, without ignored
 * files. The repository and its index do not change. `git.cwd` is the checkout's root. Throws a
 * usage error if git cannot read a file.
 */
export async function readWorkingTree(git: GitOptions): Promise<WorkingTree> {
  const folder = await mkdtemp(join(tmpdir(), "layerkeep-index-"));
  const dispose = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const paths = await ask(git, ["rev-parse", "--git-path", "index", "--git-path", "objects"]);
    const [index = "", objects = ""] = paths.split("\n").map((path) => resolve(git.cwd, path));
    await mkdir(join(folder, "objects"));
    // With the index's stat data, git reads only changed files again.
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
    // A partial clone may not have the blobs of files that are not checked out.
    const tree = await ask(own, ["write-tree", "--missing-ok"]);
    const dirtySubmodules = await findDirtySubmodules(own);
    return { tree, git: own, dirtySubmodules, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/**
 * Keeps the modification time. Git reads a file again if its size is unchanged and it was written
 * in the index's own second or later, since such a change leaves no trace. A copy with a newer time
 * would hide it.
 */
async function copyIndex(index: string, copy: string): Promise<void> {
  const { atime, mtime } = await stat(index);
  await copyFile(index, copy);
  await utimes(copy, atime, mtime);
}

/**
 * Submodules that still differ from the index after everything was added: `:160000 160000 <id> <id>
 * M`, and the path.
 */
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
  const why = result === undefined ? "git is not installed" : complaintOf(result);
  throw new UsageError(`git cannot read the files in ${git.cwd}: ${why}`, {
    hint: "pass --head HEAD to compare only commits",
  });
}

/** The index does not exist before the first `git add`. */
function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error;
}
