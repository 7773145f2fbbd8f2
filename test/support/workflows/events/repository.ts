import { execFileSync } from "node:child_process";

/** A repository on GitHub, kept in a local folder. */
export interface Repository {
  /** `owner/name`. */
  readonly name: string;
  readonly folder: string;
  readonly defaultBranch: string;
}

/** Runs git in a repository's folder; gives its stdout, trimmed. */
export function git({ folder }: Pick<Repository, "folder">, ...args: string[]): string {
  const identity = ["-c", "user.name=GitHub", "-c", "user.email=noreply@github.com"];
  return execFileSync("git", [...identity, ...args], {
    cwd: folder,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  }).trim();
}

export function headOf(repository: Pick<Repository, "folder">, ref: string): string {
  return git(repository, "rev-parse", "--verify", `${ref}^{commit}`);
}

/** The commit that merges a head into a base, as GitHub makes it for pull requests and merge groups. */
export function mergeCommit(repository: Repository, base: string, head: string): string {
  const tree = git(repository, "merge-tree", "--write-tree", base, head);
  const message = `Merge ${head} into ${base}`;
  return git(repository, "commit-tree", tree, "-p", base, "-p", head, "-m", message);
}
