import { CommandError, messageOf } from "../../errors.ts";
import { askGit, complaintOf, type GitOptions, runGit } from "../run-git.ts";

export type Ancestry = "yes" | "no" | "unknown";

/**
 * Whether commit `a` is `b` or one of its ancestors. If the clone is shallow or does not have `a`,
 * history is fetched from `origin`, a piece at a time. Returns `unknown`, with a note, if that does
 * not help: a force push may have dropped `a`.
 */
export async function isAncestor(git: GitOptions, a: string, b: string): Promise<Ancestry> {
  if (!isCommitId(a) || !isCommitId(b)) return "unknown";
  const answer = await withHistory(git, async (complete) => {
    if (a === b) return "yes";
    if (!(await hasCommit(git, a)) || !(await hasCommit(git, b))) return undefined;
    if (await holds(git, a, b)) return "yes";
    // In a shallow clone a missing path proves nothing, unless there is a path in the other
    // direction.
    return complete || (await holds(git, b, a)) ? "no" : undefined;
  });
  if (answer === undefined) {
    git.note?.(`cannot tell from this clone whether ${short(a)} is an ancestor of ${short(b)}`);
  }
  return answer ?? "unknown";
}

/**
 * The branches that contain a commit: those of `origin`, or the local ones if there is no remote.
 * In a shallow clone, or one without the remote's branches, fetches history until `enough` returns
 * true. Undefined, with a note, if it cannot be determined.
 */
export async function branchesContaining(
  git: GitOptions,
  commit: string,
  enough: (branches: readonly string[]) => boolean = (branches) => branches.length > 0,
): Promise<readonly string[] | undefined> {
  if (!isCommitId(commit)) return undefined;
  const remote = await hasOrigin(git);
  const namespace = remote ? "refs/remotes/origin" : "refs/heads";
  const answer = await withHistory(git, async (complete, fetched) => {
    const refs = await askGit(git, [
      "for-each-ref",
      `--contains=${commit}`,
      // A symbolic ref such as origin/HEAD is not a branch of its own.
      "--format=%(if)%(symref)%(then)%(else)%(refname:strip=" +
        `${String(namespace.split("/").length)})%(end)`,
      namespace,
    ]);
    const branches = (refs ?? "").split("\n").filter((name) => name !== "");
    if (enough(branches)) return branches;
    const settled = complete && (!remote || fetched);
    return settled && refs !== undefined ? branches : undefined;
  });
  if (answer === undefined) {
    git.note?.(`cannot tell from this clone which branches contain ${short(commit)}`);
  }
  return answer;
}

/** How much history to fetch, step by step. */
const rounds = [["--deepen=100"], ["--deepen=2000"], ["--unshallow"]] as const;
const fetchTimeoutMs = 120_000;

/** Asks again after each piece of history, until there is an answer or no more history. */
async function withHistory<T>(
  git: GitOptions,
  ask: (complete: boolean, fetched: boolean) => Promise<T | undefined>,
): Promise<T | undefined> {
  let answer = await ask(!(await isShallow(git)), false);
  if (answer !== undefined || !(await hasOrigin(git))) return answer;
  for (const round of rounds) {
    const shallow = await isShallow(git);
    if (!(await fetchBranches(git, shallow ? round : []))) return undefined;
    const complete = !(await isShallow(git));
    answer = await ask(complete, true);
    if (answer !== undefined || complete) return answer;
  }
  return undefined;
}

async function fetchBranches(git: GitOptions, depth: readonly string[]): Promise<boolean> {
  const flags = ["--quiet", "--no-tags", "--no-recurse-submodules", "--no-auto-gc", ...depth];
  const args = ["fetch", ...flags, "origin", "+refs/heads/*:refs/remotes/origin/*"];
  const complaint = await runGit(git, args, fetchTimeoutMs).then(
    (result) => (result === undefined || result.exitCode === 0 ? undefined : complaintOf(result)),
    (error: unknown) => {
      // A fetch that times out counts as failed; an abort is passed on to the caller.
      if (error instanceof CommandError) return messageOf(error);
      throw error;
    },
  );
  if (complaint === undefined) return true;
  git.note?.(`could not fetch history from origin: ${complaint}`);
  return false;
}

async function holds(git: GitOptions, ancestor: string, commit: string): Promise<boolean> {
  return (await runGit(git, ["merge-base", "--is-ancestor", ancestor, commit]))?.exitCode === 0;
}

/** Whether the clone has a commit. */
export async function hasCommit(git: GitOptions, commit: string): Promise<boolean> {
  return (await runGit(git, ["cat-file", "-e", `${commit}^{commit}`]))?.exitCode === 0;
}

/** Whether the clone's history is truncated. */
export async function isShallow(git: GitOptions): Promise<boolean> {
  return (await askGit(git, ["rev-parse", "--is-shallow-repository"])) === "true";
}

async function hasOrigin(git: GitOptions): Promise<boolean> {
  return (await askGit(git, ["config", "--get", "remote.origin.url"])) !== undefined;
}

/** An annotation is untrusted: one that begins with a dash must not become an option. */
function isCommitId(text: string): boolean {
  return /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(text);
}

function short(commit: string): string {
  return commit.slice(0, 12);
}
