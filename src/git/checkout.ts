import { type GitFacts, readGitFacts } from "./facts.ts";
import { branchesContaining } from "./history.ts";
import type { GitOptions } from "./run-git.ts";

/** A checkout whose facts are read, and whose history may be asked. */
export interface Checkout {
  /** Undefined outside of a checkout, and where there is no git binary. */
  readonly facts: GitFacts | undefined;
  /** See the function of that name. */
  branchesContaining(
    commit: string,
    enough: (branches: readonly string[]) => boolean,
  ): Promise<readonly string[] | undefined>;
}

/** Reads the checkout that holds `git.cwd`. Throws as `readGitFacts` does. */
export async function openCheckout(git: GitOptions): Promise<Checkout> {
  const facts = await readGitFacts(git);
  return {
    facts,
    branchesContaining: async (commit, enough) =>
      facts === undefined ? undefined : branchesContaining(git, commit, enough),
  };
}
