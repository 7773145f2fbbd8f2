import { CommandError, messageOf } from "../errors.ts";
import type { ExecResult } from "../exec.ts";
import { hasCommit, isShallow } from "./history.ts";
import { askGit, complaintOf, type GitOptions, runGit } from "./run-git.ts";

/** What `origin` answered, or why there is no answer, as the end of a sentence. */
export type Answer<T> = { readonly value: T } | { readonly problem: string };

/** The branch that `origin`'s HEAD points at, by asking the remote itself. */
export async function askDefaultBranch(git: GitOptions): Promise<Answer<string>> {
  const answer = await ask(git, ["ls-remote", "--symref", "origin", "HEAD"]);
  if ("problem" in answer) return answer;
  const branch = /^ref: refs\/heads\/(\S+)\tHEAD$/m.exec(answer.value)?.[1];
  return branch === undefined
    ? { problem: "origin does not say which branch its HEAD is" }
    : { value: branch };
}

/**
 * The text of a file of `git.cwd` as the tip of `origin`'s branch has it. The remote is asked for
 * the tip, and the tip alone is fetched if the clone lacks it. If the remote does not answer, the
 * branch as it was last fetched counts.
 */
export async function readOnRemoteBranch(
  git: GitOptions,
  branch: string,
  file: string,
): Promise<Answer<string>> {
  if (!isBranchName(branch)) return { problem: `"${branch}" is not the name of a branch` };
  const tip = await findTip(git, branch);
  if ("problem" in tip) return tip;
  const listed = await askGit(git, ["ls-tree", tip.value, "--", `./${file}`]);
  if (listed === undefined) return { problem: `git could not read ${branch}` };
  if (listed === "") return { problem: `${branch} has no ${file}` };
  // A partial clone fetches the file now.
  const args = ["cat-file", "blob", `${tip.value}:./${file}`];
  const result = await run({ ...git, lazyFetch: true }, args, largestFile);
  if ("problem" in result) return result;
  return result.value.exitCode === 0
    ? { value: result.value.stdout }
    : { problem: `git could not read ${file} on ${branch}: ${complaintOf(result.value)}` };
}

/** Long enough for a slow server; a job must not hang on it. */
const remoteTimeoutMs = 30_000;
const largestFile = 1 << 20;

/** The commit of the branch's tip, which the clone then has. */
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
  // In a clone that is whole, a depth would cut off history that is there.
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

/** The stdout of a git command that speaks to the remote. */
async function ask(git: GitOptions, args: readonly string[]): Promise<Answer<string>> {
  const result = await run(git, args);
  if ("problem" in result) return result;
  const { exitCode, stdout } = result.value;
  return exitCode === 0
    ? { value: stdout }
    : { problem: `origin cannot be asked: ${complaintOf(result.value)}` };
}

/** A git that hangs gives no answer; an abort is the caller's. */
async function run(
  git: GitOptions,
  args: readonly string[],
  maxOutput?: number,
): Promise<Answer<ExecResult>> {
  try {
    const result = await runGit(git, args, remoteTimeoutMs, maxOutput);
    return result === undefined ? { problem: "there is no git" } : { value: result };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return { problem: error.hint ?? messageOf(error) };
  }
}

/** The rules of git-check-ref-format(1), as far as a name could turn into something else. */
function isBranchName(name: string): boolean {
  return name !== "" && !/[\u0000- ~^:?*[\\\u007f]|\.\.|@\{|^[-/.]|[/.]$|\/\//.test(name);
}
