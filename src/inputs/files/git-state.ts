/**
 * What a build can see of a repository's `.git` that is the same in every clone of a commit. Its
 * other bytes are not: packs, logs, the index, fetched refs.
 */
export interface GitState {
  /** The checked-out commit. */
  readonly commit: string;
  readonly branch: string | undefined;
  readonly tags: readonly string[];
}

/**
 * Reads the state of the repository with that `.git`, a folder or a file, by its absolute path.
 * Undefined if git cannot read it: then all of its bytes count.
 */
export type ReadGitState = (path: string) => Promise<GitState | undefined>;

/** The state in its hashed form. */
export function contentOfGit({ commit, branch, tags }: GitState): string {
  return JSON.stringify([commit, branch ?? "", [...tags].sort()]);
}
