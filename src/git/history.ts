import { CommandError, messageOf } from "../errors.ts";
import { askGit, complaintOf, type GitOptions, runGit } from "./run-git.ts";

export type Ancestry = "yes" | "no" | "unknown";

/**
 * Whether commit `a` is `b` or one of its ancestors. Where the clone is shallow or lacks `a`,
 * history is fetched from `origin`, a piece at a time. `unknown`, with a note, where that does
 * not help: `a` may have been dropped by a force push.
 */
export async function isAncestor(git: GitOptions, a: string, b: string): Promise<Ancestry> {
  if (!isCommitId(a) || !isCommitId(b)) return "unknown";
  const answer = await withHistory(git, async (complete) => {
    if (a === b) return "yes";
    if (!(await hasCommit(git, a)) || !(await hasCommit(git, b))) return undefined;
    if (await holds(git, a, b)) return "yes";
    // In a shallow clone a missing path proves nothing, unless the path goes the other way.
    return complete || (await holds(git, b, a)) ? "no" : undefined;
  });
  if (answer === undefined) {
    git.note?.(`whether ${short(a)} is an ancestor of ${short(b)} is not known in this clone`);
  }
  return answer ?? "unknown";
}

/**
 * The branches that hold a commit: those of `origin`, or the local ones where there is no
 * remote. In a shallow clone, or one without the remote's branches, history is fetched until
 * `enough` says so. Undefined, with a note, where it cannot be told.
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
      // A symbolic ref such as origin/HEAD is no branch of its own.
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
    git.note?.(`which branches hold ${short(commit)} is not known in this clone`);
  }
  return answer;
}

/** How much history is asked for, one after the other. */
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
      // A fetch that hangs is a fetch that failed; an abort is the caller's.
      if (error instanceof CommandError) return messageOf(error);
      throw error;
    },
  );
  if (complaint === undefined) return true;
  git.note?.(`history could not be fetched from origin: ${complaint}`);
  return false;
}

async function holds(git: GitOptions, ancestor: string, commit: string): Promise<boolean> {
  return (await runGit(git, ["merge-base", "--is-ancestor", ancestor, commit]))?.exitCode === 0;
}

/** Whether the clone has a commit. */
export async function hasCommit(git: GitOptions, commit: string): Promise<boolean> {
  return (await runGit(git, ["cat-file", "-e", `${commit}^{commit}`]))?.exitCode === 0;
}

/** Whether history was cut off when the clone was made. */
export async function isShallow(git: GitOptions): Promise<boolean> {
  return (await askGit(git, ["rev-parse", "--is-shallow-repository"])) === "true";
}

async function hasOrigin(git: GitOptions): Promise<boolean> {
  return (await askGit(git, ["config", "--get", "remote.origin.url"])) !== undefined;
}

/** An annotation is data: one that begins with a dash must not become an option. */
function isCommitId(text: string): boolean {
  return /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(text);
}

function short(commit: string): string {
  return commit.slice(0, 12);
}
