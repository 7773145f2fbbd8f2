import { dirname } from "node:path";
import { askGit, type GitOptions } from "./run-git.ts";

/**
 * The commit that is checked out in the repository with this `.git`, a folder, or the file of a
 * worktree or submodule. Undefined if it is not a repository or has no commit yet, or if git is not
 * installed.
 */
export function readCommitOf(
  git: Omit<GitOptions, "cwd">,
  path: string,
): Promise<string | undefined> {
  // With an explicit path, git does not search parent folders for a repository.
  const args = ["--git-dir", path, "rev-parse", "--verify", "--quiet", "HEAD^{commit}"];
  return askGit({ ...git, cwd: dirname(path) }, args);
}
