import { type GitFacts, readGitFacts } from "./facts.ts";
import { branchesContaining } from "./history.ts";
import { type Answer, askDefaultBranch, readOnRemoteBranch } from "./remote.ts";
import type { GitOptions } from "./run-git.ts";

export type { Answer } from "./remote.ts";

/** A checkout whose facts are read, and whose history may be asked. */
export interface Checkout {
  /** Undefined outside of a checkout, and where there is no git binary. */
  readonly facts: GitFacts | undefined;
  /** See the function of that name. */
  branchesContaining(
    commit: string,
    enough: (branches: readonly string[]) => boolean,
  ): Promise<readonly string[] | undefined>;
  /** The default branch by `origin`'s own word. */
  askDefaultBranch(): Promise<Answer<string>>;
  /** A file beside the config, as the tip of `origin`'s branch has it. */
  readOnRemoteBranch(branch: string, file: string): Promise<Answer<string>>;
}

/** Reads the checkout that holds `git.cwd`. Throws as `readGitFacts` does. */
export async function openCheckout(git: GitOptions): Promise<Checkout> {
  const facts = await readGitFacts(git);
  const noCheckout = { problem: "there is no checkout" };
  return {
    facts,
    askDefaultBranch: async () => (facts === undefined ? noCheckout : askDefaultBranch(git)),
    readOnRemoteBranch: async (branch, file) =>
      facts === undefined ? noCheckout : readOnRemoteBranch(git, branch, file),
    branchesContaining: async (commit, enough) =>
      facts === undefined ? undefined : branchesContaining(git, commit, enough),
  };
}
