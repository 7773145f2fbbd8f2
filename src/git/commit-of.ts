import { dirname } from "node:path";
import { askGit, type GitOptions } from "./run-git.ts";

/**
 * The commit that is checked out of the repository with that `.git`, which is a folder, or the
 * file of a worktree or submodule. Undefined if it is none, has no commit yet, or there is no git.
 */
export function readCommitOf(
  git: Omit<GitOptions, "cwd">,
  path: string,
): Promise<string | undefined> {
  // With the path given, git looks for no other repository above it.
  const args = ["--git-dir", path, "rev-parse", "--verify", "--quiet", "HEAD^{commit}"];
  return askGit({ ...git, cwd: dirname(path) }, args);
}
