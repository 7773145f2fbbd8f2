import { type GitFacts, readGitFacts } from "./facts.ts";
import { branchesContaining } from "./history/history.ts";
import { type Answer, askDefaultBranch, readOnRemoteBranch } from "./remote.ts";
import type { GitOptions } from "./run-git.ts";

export type { Answer } from "./remote.ts";

/** A checkout's facts, and queries of its history. */
export interface Checkout {
  /** Undefined outside a checkout, and if git is not installed. */
  readonly facts: GitFacts | undefined;
  /** See the function of the same name. */
  branchesContaining(
    commit: string,
    enough: (branches: readonly string[]) => boolean,
  ): Promise<readonly string[] | undefined>;
  /** The default branch according to `origin`. */
  askDefaultBranch(): Promise<Answer<string>>;
  /** A file beside the config, as it is at the tip of `origin`'s branch. */
  readOnRemoteBranch(branch: string, file: string): Promise<Answer<string>>;
}

/** Opens the checkout that contains `git.cwd`. Throws as `readGitFacts` does. */
export async function openCheckout(git: GitOptions): Promise<Checkout> {
  const facts = await readGitFacts(git);
  const noCheckout = { problem: "this folder is not in a git checkout" };
  return {
    facts,
    askDefaultBranch: async () => (facts === undefined ? noCheckout : askDefaultBranch(git)),
    readOnRemoteBranch: async (branch, file) =>
      facts === undefined ? noCheckout : readOnRemoteBranch(git, branch, file),
    branchesContaining: async (commit, enough) =>
      facts === undefined ? undefined : branchesContaining(git, commit, enough),
  };
}
