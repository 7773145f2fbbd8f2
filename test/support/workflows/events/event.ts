import type { Mapping } from "../document/values.ts";

/** What happens in a repository. Branches and tags exist in its folder already. */
export type GithubEvent =
  | { readonly name: "push"; readonly branch: string; readonly before?: string }
  | { readonly name: "push"; readonly tag: string }
  | {
      readonly name: "pull_request" | "pull_request_target";
      readonly number: number;
      readonly base: string;
      readonly head: PullRequestHead;
      /** `synchronize` if it is not named. */
      readonly action?: string;
    }
  | { readonly name: "merge_group"; readonly base: string; readonly headCommit: string }
  | { readonly name: "schedule"; readonly cron: string }
  | { readonly name: "workflow_dispatch"; readonly branch: string; readonly inputs?: Mapping }
  | {
      readonly name: "workflow_run";
      /** The workflow that ran, by its name. */
      readonly workflow: string;
      readonly action?: "requested" | "in_progress" | "completed";
      readonly conclusion?: string;
      readonly of: {
        readonly event: string;
        readonly branch: string;
        readonly commit: string;
        readonly repository: string;
      };
    };

interface PullRequestHead {
  readonly branch: string;
  /** The fork; the repository itself if it is not named. */
  readonly fork?: { readonly name: string; readonly folder: string };
}

/** An event as a run sees it: GitHub's default variables, the payload, and what it restricts. */
export interface Trigger {
  readonly event: string;
  readonly ref: string;
  readonly refName: string;
  readonly refType: "branch" | "tag";
  readonly sha: string;
  readonly baseRef: string;
  readonly headRef: string;
  readonly payload: Mapping;
  /** A pull request from a fork: no secrets, and a token that reads at most. */
  readonly fromFork: boolean;
  /** Anybody can cause it, and its cache scope is the default branch: caches are read only. */
  readonly readOnlyCaches: boolean;
  /** What `branches` filters match, and `tags` filters if `refType` is a tag. */
  readonly filtered: string;
  readonly action: string | undefined;
  /** Between these two, `paths` filters look for changed files. */
  readonly changes: { readonly from: string; readonly to: string } | undefined;
  readonly inputs: Mapping;
}
