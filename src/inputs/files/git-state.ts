/**
 * What a build can see of a repository's `.git` that does not differ between two clones of one
 * commit. Its other bytes do: packs, logs, the index, what was fetched.
 */
export interface GitState {
  /** The commit that is checked out. */
  readonly commit: string;
  readonly branch: string | undefined;
  readonly tags: readonly string[];
}

/**
 * Reads the state of the repository with that `.git`, a folder or a file, by its absolute path.
 * Undefined if git cannot read it: then all of its bytes count.
 */
export type ReadGitState = (path: string) => Promise<GitState | undefined>;

/** The state as it is hashed. */
export function contentOfGit({ commit, branch, tags }: GitState): string {
  return JSON.stringify([commit, branch ?? "", [...tags].sort()]);
}
