/** What a checkout reports about itself. The layers above import it from here. */
export type { GitFacts } from "../git/facts.ts";
/** What the remote answered, or why it did not. */
export type { Answer } from "../git/checkout.ts";

/** Where this run happens, read from the CI's environment or from a plain git checkout. */
export interface Context {
  readonly provider: "github" | "gitlab" | "git";
  /**
   * The provider's name for the event: `push`, `pull_request`, `merge_group`, `schedule`, …;
   * `local` outside CI.
   */
  readonly event: string;
  /** `refs/heads/main`, `refs/tags/v1`, `refs/pull/5/merge`; empty for a detached head outside CI. */
  readonly ref: string;
  readonly branch: string | undefined;
  readonly tag: string | undefined;
  /** The commit that the event names. Empty without git. */
  readonly commit: string;
  /** The commit that is checked out. */
  readonly head: string;
  /** When the checked-out commit was made, in RFC 3339. */
  readonly commitDate: string | undefined;
  readonly defaultBranch: string | undefined;
  /**
   * The branch that a pull request targets, or that a tag was pushed from, if the event names it.
   */
  readonly baseBranch: string | undefined;
  readonly pullRequest: { readonly number: number; readonly fork: boolean } | undefined;
  /**
   * For a tag, and for a protected branch of GitLab: the branches that contain the commit, as far
   * as the clone knows; undefined if unknown.
   */
  readonly branchesWithCommit: readonly string[] | undefined;
  /** `https://github.com/acme/app`, without credentials. */
  readonly source: string | undefined;
  readonly run: { readonly id: string; readonly url: string | undefined } | undefined;
  /** GitLab: whether the branch or tag is protected. */
  readonly refProtected?: boolean;
  /** Uncommitted changes: the image is not built from the commit alone. */
  readonly dirty: boolean;
  /**
   * What is missing from the environment or wrong in it. A run with any such problem is untrusted
   * and writes nothing.
   */
  readonly problems?: readonly string[];
}

/** What a context may do. `level` alone decides it; the fields spell it out. */
export interface Trust {
  readonly level: "trusted" | "untrusted" | "local";
  /** The reason, in one sentence. */
  readonly reason: string;
  readonly writesCaches: boolean;
  /** Staged legs and their logs. */
  readonly writesLegs: boolean;
  /** Moves published tags. */
  readonly publishes: boolean;
  /** May write to `cache.scratch`, if configured. */
  readonly writesScratch: boolean;
  /** The build gets secrets and ssh agents, and commands from the config run. */
  readonly secrets: boolean;
}
