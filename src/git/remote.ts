import { CommandError, messageOf } from "../errors.ts";
import type { ExecResult } from "../exec.ts";
import { hasCommit, isShallow } from "./history/history.ts";
import { askGit, complaintOf, type GitOptions, runGit } from "./run-git.ts";

/** An answer from `origin`, or why there is none, as the end of a sentence. */
export type Answer<T> = { readonly value: T } | { readonly problem: string };

/** The branch of `origin`'s HEAD, from the remote itself. */
export async function askDefaultBranch(git: GitOptions): Promise<Answer<string>> {
  const answer = await ask(git, ["ls-remote", "--symref", "origin", "HEAD"]);
  if ("problem" in answer) return answer;
  const branch = /^ref: refs\/heads\/(\S+)\tHEAD$/m.exec(answer.value)?.[1];
  return branch === undefined
    ? { problem: "origin did not report its default branch" }
    : { value: branch };
}

/**
 * The text of a file below `git.cwd`, from the tip of `origin`'s branch. Asks the remote for the
 * tip, and fetches only that if the clone does not have it. If the remote does not answer, uses the
 * branch as it was last fetched.
 */
export async function readOnRemoteBranch(
  git: GitOptions,
  branch: string,
  file: string,
): Promise<Answer<string>> {
  if (!isBranchName(branch)) return { problem: `"${branch}" is not a valid branch name` };
  const tip = await findTip(git, branch);
  if ("problem" in tip) return tip;
  const listed = await askGit(git, ["ls-tree", tip.value, "--", `./${file}`]);
  if (listed === undefined) return { problem: `git could not read branch ${branch}` };
  if (listed === "") return { problem: `branch ${branch} does not contain ${file}` };
  // A partial clone fetches the file now.
  const args = ["cat-file", "blob", `${tip.value}:./${file}`];
  const result = await run({ ...git, lazyFetch: true }, args, largestFile);
  if ("problem" in result) return result;
  return result.value.exitCode === 0
    ? { value: result.value.stdout }
    : { problem: `git could not read ${file} on ${branch}: ${complaintOf(result.value)}` };
}

/** Long enough for a slow server, but a job must not hang on it. */
const remoteTimeoutMs = 30_000;
const largestFile = 1 << 20;

/** The commit at the branch's tip, which the clone then has. */
async function findTip(git: GitOptions, branch: string): Promise<Answer<string>> {
  const tracking = `refs/remotes/origin/${branch}`;
  const answer = await ask(git, ["ls-remote", "origin", `refs/heads/${branch}`]);
  if ("problem" in answer) {
    const known = await askGit(git, ["rev-parse", "--verify", "--quiet", `${tracking}^{commit}`]);
    return known === undefined ? answer : { value: known };
  }
  const commit = /^([0-9a-f]{40,64})\t/.exec(answer.value)?.[1];
  if (commit === undefined) return { problem: `origin has no branch ${branch}` };
  if (await hasCommit(git, commit)) return { value: commit };
  // In a complete clone, a depth would cut off existing history.
  const depth = (await isShallow(git)) ? ["--depth=1"] : [];
  const flags = ["--quiet", "--no-tags", "--no-recurse-submodules", "--no-auto-gc", ...depth];
  const fetched = await ask(git, [
    "fetch",
    ...flags,
    "origin",
    `+refs/heads/${branch}:${tracking}`,
  ]);
  if ("problem" in fetched) return fetched;
  const now = await askGit(git, ["rev-parse", "--verify", "--quiet", `${tracking}^{commit}`]);
  return now === undefined ? { problem: `origin has no branch ${branch}` } : { value: now };
}

/** The stdout of a git command that contacts the remote. */
async function ask(git: GitOptions, args: readonly string[]): Promise<Answer<string>> {
  const result = await run(git, args);
  if ("problem" in result) return result;
  const { exitCode, stdout } = result.value;
  return exitCode === 0
    ? { value: stdout }
    : { problem: `could not reach origin: ${complaintOf(result.value)}` };
}

/** A timeout counts as no answer; an abort is passed on to the caller. */
async function run(
  git: GitOptions,
  args: readonly string[],
  maxOutput?: number,
): Promise<Answer<ExecResult>> {
  try {
    const result = await runGit(git, args, remoteTimeoutMs, maxOutput);
    return result === undefined ? { problem: "git is not installed" } : { value: result };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return { problem: error.hint ?? messageOf(error) };
  }
}

/** The rules of git-check-ref-format(1), as far as a name could be taken for something else. */
function isBranchName(name: string): boolean {
  return name !== "" && !/[\u0000- ~^:?*[\\\u007f]|\.\.|@\{|^[-/.]|[/.]$|\/\//.test(name);
}
