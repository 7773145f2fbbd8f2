/** What a checkout says of itself; the layers above read it from here. */
export type { GitFacts } from "../git/facts.ts";
/** What the remote answered, or why it did not. */
export type { Answer } from "../git/checkout.ts";

/** Where this run happens: read from the CI's environment or from a plain git checkout. */
export interface Context {
  readonly provider: "github" | "gitlab" | "git";
  /** The provider's own word: `push`, `pull_request`, `merge_group`, `schedule`, …; `local` outside CI. */
  readonly event: string;
  /** `refs/heads/main`, `refs/tags/v1`, `refs/pull/5/merge`; empty for a detached head outside CI. */
  readonly ref: string;
  readonly branch: string | undefined;
  readonly tag: string | undefined;
  /** The commit that the event names. Empty where there is no git. */
  readonly commit: string;
  /** The commit that is checked out. */
  readonly head: string;
  /** RFC 3339, of the commit that is checked out. */
  readonly commitDate: string | undefined;
  readonly defaultBranch: string | undefined;
  /** The branch that a pull request goes to, or that a tag was pushed from, where the event says so. */
  readonly baseBranch: string | undefined;
  readonly pullRequest: { readonly number: number; readonly fork: boolean } | undefined;
  /**
   * For a tag, and for a protected branch of GitLab: the branches that hold the commit, as far as
   * the clone knows; undefined if unknown.
   */
  readonly branchesWithCommit: readonly string[] | undefined;
  /** `https://github.com/acme/app`, without credentials. */
  readonly source: string | undefined;
  readonly run: { readonly id: string; readonly url: string | undefined } | undefined;
  /** GitLab: whether the branch or tag is a protected one. */
  readonly refProtected?: boolean;
  /** Uncommitted changes: the image is not that of the commit. */
  readonly dirty: boolean;
  /** What the environment should say and does not. With any of it the run is untrusted and writes nothing. */
  readonly problems?: readonly string[];
}

/** What a context may do. `level` alone decides it; the fields spell it out. */
export interface Trust {
  readonly level: "trusted" | "untrusted" | "local";
  /** One sentence: why. */
  readonly reason: string;
  readonly writesCaches: boolean;
  /** Staged legs and their logs. */
  readonly writesLegs: boolean;
  /** Moves published tags. */
  readonly publishes: boolean;
  /** May write to `cache.scratch`, where configured. */
  readonly writesScratch: boolean;
  /** Secrets and ssh agents reach the build; commands of the config run. */
  readonly secrets: boolean;
}
