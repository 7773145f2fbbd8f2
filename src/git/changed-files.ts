import { CommandError, UsageError } from "../errors.ts";
import type { GitOptions } from "./run-git.ts";
import { changesBetween, findCommit, type TreeChange } from "./trees.ts";
import { readWorkingTree } from "./working-tree.ts";

/**
 * What of the files on disk differs from a commit, as git sees it: contents, executable bits,
 * links; neither ignored files nor other permissions. Undefined where the clone lacks the commit,
 * or where git cannot tell.
 */
export async function changedSince(
  git: GitOptions,
  commit: string,
): Promise<readonly TreeChange[] | undefined> {
  try {
    const found = await findCommit(git, commit);
    if (found === undefined) return undefined;
    await using working = await readWorkingTree(git);
    return await changesBetween(working.git, found.tree, working.tree);
  } catch (error) {
    if (error instanceof UsageError || error instanceof CommandError) return undefined;
    throw error;
  }
}
