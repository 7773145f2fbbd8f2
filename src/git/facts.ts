import { parseRemoteUrl } from "./remote-url.ts";
import { askGit, type GitOptions } from "./run-git.ts";

/** What a checkout says of itself. */
export interface GitFacts {
  /** Absolute path of the working tree. */
  readonly root: string;
  /** The commit that is checked out; undefined before the first one. */
  readonly head: string | undefined;
  /** RFC 3339, the committer's date of `head`. */
  readonly commitDate: string | undefined;
  /** Undefined where HEAD is detached. */
  readonly branch: string | undefined;
  /** The tags that point at `head`, sorted by name. */
  readonly tags: readonly string[];
  /** Whether files that git tracks differ from `head`, or files are beside them that it does not ignore. */
  readonly dirty: boolean;
  /** `https://github.com/acme/app`: of `origin`, or of the only remote; no credentials. */
  readonly remoteUrl: string | undefined;
  /** What `origin/HEAD` points at; else a guess by `init.defaultBranch`, `main` and `master`. Not to be trusted. */
  readonly defaultBranch: string | undefined;
  readonly shallow: boolean;
}

/**
 * Reads the checkout that holds `git.cwd`. Undefined outside of one, in a bare repository, and
 * where there is no git binary. Throws a command error where git refuses to read it.
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
