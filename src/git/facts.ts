import { parseRemoteUrl } from "./remote-url.ts";
import { askGit, type GitOptions } from "./run-git.ts";

/** The state of a checkout. */
export interface GitFacts {
  /** Absolute path of the working tree. */
  readonly root: string;
  /** The checked-out commit; undefined before the first commit. */
  readonly head: string | undefined;
  /** RFC 3339, the committer's date of `head`. */
  readonly commitDate: string | undefined;
  /** Undefined if HEAD is detached. */
  readonly branch: string | undefined;
  /** The tags that point at `head`, sorted by name. */
  readonly tags: readonly string[];
  /**
   * Whether tracked files differ from `head`, or untracked files exist that git does not ignore.
   */
  readonly dirty: boolean;
  /** `https://github.com/acme/app`: from `origin`, or from the only remote; without credentials. */
  readonly remoteUrl: string | undefined;
  /**
   * The target of `origin/HEAD`, or else a guess from `init.defaultBranch`, `main` and `master`.
   * Not to be trusted.
   */
  readonly defaultBranch: string | undefined;
  readonly shallow: boolean;
}

/**
 * Reads the checkout that contains `git.cwd`. Undefined outside a checkout, in a bare repository,
 * and if git is not installed. Throws a command error if git refuses to read it.
 */
export async function readGitFacts(git: GitOptions): Promise<GitFacts | undefined> {
  const where = await askGit(git, ["rev-parse", "--is-shallow-repository", "--show-toplevel"]);
  const [shallow, root] = where?.split("\n") ?? [];
  if (root === undefined) return undefined;
  const [status, commit, tags, remotes, heads] = await Promise.all([
    askGit(git, ["status", "--porcelain=v2", "--branch", "--untracked-files=normal"]),
    askGit(git, ["log", "-1", "--no-show-signature", "--format=%H %cI"]),
    askGit(git, ["for-each-ref", "--points-at=HEAD", "--format=%(refname:strip=2)", "refs/tags"]),
    askGit(git, ["config", "--get-regexp", "^(remote\\..*\\.url|init\\.defaultbranch)$"]),
    askGit(git, [
      "for-each-ref",
      "--format=%(refname) %(symref)",
      "refs/remotes/origin/HEAD",
      ...["main", "master"].flatMap((b) => [`refs/heads/${b}`, `refs/remotes/origin/${b}`]),
    ]),
  ]);
  const lines = linesOf(status);
  const branch = lines.find((line) => line.startsWith(branchHead))?.slice(branchHead.length);
  const [head, commitDate] = commit?.split(" ") ?? [];
  const config = linesOf(remotes).map(splitOnce);
  return {
    root,
    head,
    commitDate,
    branch: branch === "(detached)" ? undefined : branch,
    tags: linesOf(tags),
    dirty: lines.some((line) => !line.startsWith("#")),
    remoteUrl: remoteUrlOf(config),
    defaultBranch: defaultBranchOf(linesOf(heads).map(splitOnce), config),
    shallow: shallow === "true",
  };
}

const branchHead = "# branch.head ";

function remoteUrlOf(config: readonly (readonly [string, string])[]): string | undefined {
  const remotes = config.filter(([key]) => key.startsWith("remote."));
  const origin = remotes.find(([key]) => key === "remote.origin.url");
  const chosen = origin ?? (remotes.length === 1 ? remotes[0] : undefined);
  return chosen === undefined ? undefined : parseRemoteUrl(chosen[1]);
}

function defaultBranchOf(
  refs: readonly (readonly [string, string])[],
  config: readonly (readonly [string, string])[],
): string | undefined {
  const remoteHead = refs.find(([ref]) => ref === "refs/remotes/origin/HEAD")?.[1] ?? "";
  if (remoteHead.startsWith(originBranches)) return remoteHead.slice(originBranches.length);
  const names = refs.map(([ref]) => ref.slice(ref.lastIndexOf("/") + 1));
  const usual = config.find(([key]) => key === "init.defaultbranch")?.[1];
  return [usual, "main", "master"].find((name) => name !== undefined && names.includes(name));
}

const originBranches = "refs/remotes/origin/";

function linesOf(text: string | undefined): string[] {
  return (text ?? "").split("\n").filter((line) => line !== "");
}

function splitOnce(line: string): readonly [string, string] {
  const at = line.indexOf(" ");
  return at < 0 ? [line, ""] : [line.slice(0, at), line.slice(at + 1)];
}
