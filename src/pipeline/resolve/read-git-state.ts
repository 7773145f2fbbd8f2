import { existsSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { readCommitOf } from "../../git/commit-of.ts";
import type { GitOptions } from "../../git/run-git.ts";
import type { Context } from "../../trust/context.ts";
import type { ReadGitState } from "../../inputs/files/git-state.ts";

/**
 * Reads the states of repositories in contexts. The config's own repository gets the branch and tag
 * from the plan's context, since a CI's checkout seldom has them, and the commit that is checked
 * out. A submodule or another repository has only its commit.
 */
export function gitStateReader(
  configFolder: string,
  { branch, tag }: Pick<Context, "branch" | "tag">,
  git: Omit<GitOptions, "cwd">,
): ReadGitState {
  const own = repositoryAt(configFolder);
  return async (path) => {
    const commit = await readCommitOf(git, path);
    if (commit === undefined) return undefined;
    if (own === undefined || realpathSync(dirname(path)) !== own) {
      return { commit, branch: undefined, tags: [] };
    }
    return { commit, branch, tags: tag === undefined ? [] : [tag] };
  };
}

/** The working tree that contains a folder. */
function repositoryAt(folder: string): string | undefined {
  if (existsSync(join(folder, ".git"))) return realpathSync(folder);
  const above = dirname(folder);
  return above === folder ? undefined : repositoryAt(above);
}
