import { matchesBranch } from "./branch-globs.ts";
import type { Context, Trust } from "./context.ts";

export interface TrustOptions {
  /** Globs of branches that are trusted like the default branch. */
  readonly releaseBranches: readonly string[];
  /** Where the config names it; else the context's. */
  readonly defaultBranch?: string | undefined;
  /** Whether builds of release tags write caches, too. */
  readonly writeOnTags: boolean;
  /** `--write`: a local run may write elsewhere than to the embedded registry. */
  readonly write: boolean;
}

/**
 * What a run may do, by where it stands. What is not known counts as the less trusted. For a
 * local run the fields say what holds outside of the embedded registry; see `trustEmbedded`.
 */
export function decideTrust(context: Context, options: TrustOptions): Trust {
  if (context.provider === "git") return decideOutsideCi(context, options);
  const [problem] = context.problems ?? [];
  if (problem !== undefined) return untrusted(`${problem}, so nothing is written`);
  const event = `${context.provider}:${context.event}`;
  if (foreignEvents.has(event)) {
    return untrusted(`${context.event} runs at the word of people who may not write here`);
  }
  const mismatch = headMismatch(context);
  if (mismatch !== undefined) return untrusted(`${mismatch}, so nothing is written`);
  return (
    decidePullRequest(context) ??
    (trustedEvents.has(event)
      ? decideRef(context, options)
      : untrusted(`the event ${context.event} is not one that Layerkeep knows`))
  );
}

/** What a run may do in the embedded registry, which is this machine's own: a local run everything. */
export function trustEmbedded(trust: Trust): Trust {
  if (trust.level !== "local") return trust;
  return { ...trust, writesCaches: true, writesLegs: true, publishes: true };
}

/** Events that somebody outside can cause while the job has the repository's secrets. */
const foreignEvents: ReadonlySet<string> = new Set([
  "github:pull_request_target",
  "github:workflow_run",
  "github:issue_comment",
]);

/** Events that only people who may write to the repository cause, or its own schedule. */
const trustedEvents: ReadonlySet<string> = new Set([
  "github:push",
  "github:schedule",
  "github:workflow_dispatch",
  "github:repository_dispatch",
  "github:release",
  "gitlab:push",
  "gitlab:schedule",
  "gitlab:web",
  "gitlab:api",
  "gitlab:trigger",
  "gitlab:pipeline",
  "gitlab:parent_pipeline",
]);

const pullRequestEvents: ReadonlySet<string> = new Set([
  "github:pull_request",
  "gitlab:merge_request_event",
  "gitlab:external_pull_request_event",
]);

const mergeQueueEvents: ReadonlySet<string> = new Set(["github:merge_group", "gitlab:merge_train"]);

/** GitHub also sends a plain push for the branches of its merge queue. */
const mergeQueueBranches = "gh-readonly-queue/";

function decideOutsideCi(context: Context, options: TrustOptions): Trust {
  if (context.event !== "local" && !options.write) {
    return untrusted("this is a CI that Layerkeep does not know; --write says that it is trusted");
  }
  return {
    level: "local",
    reason: options.write
      ? "a local run, and --write was given"
      : "a local run: it writes to the embedded registry, and elsewhere only with --write",
    writesCaches: options.write,
    writesLegs: options.write,
    publishes: options.write,
    writesScratch: options.write,
    secrets: true,
  };
}

function headMismatch(context: Context): string | undefined {
  if (context.commit === "") return "the event names no commit";
  if (context.head === "") return "there is no checkout to hold against the event's commit";
  if (context.head === context.commit) return undefined;
  return `the checkout is at ${short(context.head)}, not at the event's commit ${short(context.commit)}`;
}

function decidePullRequest(context: Context): Trust | undefined {
  const event = `${context.provider}:${context.event}`;
  if (mergeQueueEvents.has(event)) return scratchOnly("a merge queue's commit is not merged yet");
  if (context.pullRequest === undefined && !pullRequestEvents.has(event)) return undefined;
  const from = context.pullRequest?.fork === false ? "" : " from a fork";
  const number = context.pullRequest === undefined ? "" : ` ${String(context.pullRequest.number)}`;
  return scratchOnly(`pull request${number}${from} is not merged yet`);
}

function decideRef(context: Context, options: TrustOptions): Trust {
  if (context.tag !== undefined) return decideTag(context, context.tag, options);
  if (context.branch === undefined) return untrusted("the event names neither a branch nor a tag");
  const why = whyTrusted(context.branch, context, options);
  if (why !== undefined) return trusted(`${context.event} on ${why}`, true);
  return scratchOnly(
    defaultBranchOf(context, options) === undefined
      ? `which branch is the default one is not known, so ${context.branch} is not trusted`
      : `${context.branch} is neither the default branch nor a release branch`,
  );
}

function decideTag(context: Context, tag: string, options: TrustOptions): Trust {
  if (context.branchesWithCommit === undefined) {
    return scratchOnly(`the clone does not tell which branches hold the tag ${tag}`);
  }
  const why = context.branchesWithCommit
    .map((branch) => whyTrusted(branch, context, options))
    .find((found) => found !== undefined);
  return why === undefined
    ? scratchOnly(`the tag ${tag} is neither on the default branch nor on a release branch`)
    : trusted(`the tag ${tag} is on ${why}`, options.writeOnTags);
}

function whyTrusted(branch: string, context: Context, options: TrustOptions): string | undefined {
  if (context.provider === "github" && branch.startsWith(mergeQueueBranches)) return undefined;
  if (branch === defaultBranchOf(context, options)) return `the default branch ${branch}`;
  return matchesBranch(branch, options.releaseBranches)
    ? `the release branch ${branch}`
    : undefined;
}

function defaultBranchOf(context: Context, options: TrustOptions): string | undefined {
  return options.defaultBranch ?? context.defaultBranch;
}

function trusted(reason: string, writesCaches: boolean): Trust {
  return {
    level: "trusted",
    reason,
    writesCaches,
    writesLegs: true,
    publishes: true,
    // What untrusted runs write is never read by a trusted one, so it has no use for it.
    writesScratch: false,
    secrets: true,
  };
}

function scratchOnly(reason: string): Trust {
  return { ...untrusted(reason), writesScratch: true };
}

function untrusted(reason: string): Trust {
  return {
    level: "untrusted",
    reason,
    writesCaches: false,
    writesLegs: false,
    publishes: false,
    writesScratch: false,
    secrets: false,
  };
}

function short(commit: string): string {
  return commit.slice(0, 12);
}
