import { askGit, type GitOptions } from "../run-git.ts";
import { findCommit } from "../trees/trees.ts";

/**
 * Of the branches that this clone has, the one that the checked-out commit left last: it has the
 * fewest commits that the branch lacks. The first of several, undefined if the clone has none.
 */
export async function nearestBranch(
  git: GitOptions,
  branches: readonly string[],
): Promise<string | undefined> {
  const found = await Promise.all(branches.map((name) => findCommit(git, name)));
  const known = branches.filter((_, at) => found[at] !== undefined);
  const ahead = await Promise.all(known.map((name) => commitsAhead(git, name)));
  const least = Math.min(...ahead);
  return known.find((_, at) => ahead[at] === least);
}

async function commitsAhead(git: GitOptions, branch: string): Promise<number> {
  const counted = await askGit(git, ["rev-list", "--count", `${branch}..HEAD`]);
  return counted === undefined ? Number.MAX_SAFE_INTEGER : Number(counted);
}
