import { CommandError, UsageError } from "../../errors.ts";
import type { GitOptions } from "../run-git.ts";
import { changesBetween, findCommit, type TreeChange } from "../trees/trees.ts";
import { readWorkingTree } from "../working-tree.ts";

/**
 * The files on disk that differ from a commit, as git sees it: contents, executable bits and links,
 * but neither ignored files nor other permissions. Undefined if the clone does not have the commit,
 * or if git fails.
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
