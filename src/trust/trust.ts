import {
  type BranchClaims,
  type BranchRules,
  branchRules,
  judgeBranch,
  type Outside,
} from "./branch-rules.ts";
import type { Context, Trust } from "./context.ts";

export interface TrustOptions {
  /** What the judged commit's own config says. */
  readonly claims: BranchClaims;
  /** What was found outside it. */
  readonly outside: Outside;
  /** `--write`: a local run may write to places other than the embedded registry. */
  readonly write: boolean;
}

/**
 * What a run may do, depending on where it happens. What is not known counts as less trusted. For a
 * local run the fields describe everything but the embedded registry; see `trustEmbedded`.
 */
export function decideTrust(context: Context, options: TrustOptions): Trust {
  if (context.provider === "git") return decideOutsideCi(context, options);
  return (
    decideEvent(context) ??
    decideRef(context, branchRules(context, options.claims, options.outside))
  );
}

/** Whether the trust of a CI run depends on its branch or tag, and not only on its event. */
export function hangsOnRef(context: Context): boolean {
  if (context.provider === "git" || decideEvent(context) !== undefined) return false;
  if (context.provider === "gitlab" && context.refProtected !== true) return false;
  return context.branch !== undefined || context.tag !== undefined;
}

/** Why a run is not trusted, whatever its branch or tag. */
function decideEvent(context: Context): Trust | undefined {
  const [problem] = context.problems ?? [];
  if (problem !== undefined) return untrusted(`${problem}, so nothing is written`);
  const event = `${context.provider}:${context.event}`;
  if (foreignEvents.has(event)) {
    return untrusted(`people without write access can trigger the event ${context.event}`);
  }
  const mismatch = headMismatch(context);
  if (mismatch !== undefined) return untrusted(`${mismatch}, so nothing is written`);
  const pull = decidePullRequest(context);
  if (pull !== undefined || trustedEvents.has(event)) return pull;
  return untrusted(`unknown event ${context.event}`);
}

/**
 * What a run may do in the embedded registry, which belongs to this machine: everything, if the run
 * is local.
 */
export function trustEmbedded(trust: Trust): Trust {
  if (trust.level !== "local") return trust;
  const reason = trust.writesLegs
    ? trust.reason
    : "a local run: without --write, it writes only to the embedded registry";
  return { ...trust, reason, writesCaches: true, writesLegs: true, publishes: true };
}

/** Events that outsiders can cause while the job has the repository's secrets. */
const foreignEvents: ReadonlySet<string> = new Set([
  "github:pull_request_target",
  "github:workflow_run",
  "github:issue_comment",
]);

/** Events that only people with write access to the repository can cause, or its own schedule. */
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
    return untrusted("unknown CI system; pass --write to trust it");
  }
  return {
    level: "local",
    reason: options.write
      ? "a local run with --write"
      : "a local run: without --write, it writes to no registry",
    writesCaches: options.write,
    writesLegs: options.write,
    publishes: options.write,
    writesScratch: options.write,
    secrets: true,
  };
}

function headMismatch(context: Context): string | undefined {
  if (context.commit === "") return "the event has no commit";
  if (context.head === "") return "there is no checkout to compare with the event's commit";
  if (context.head === context.commit) return undefined;
  return `the checkout is at ${short(context.head)}, not at the event's commit ${short(context.commit)}`;
}

function decidePullRequest(context: Context): Trust | undefined {
  const event = `${context.provider}:${context.event}`;
  if (mergeQueueEvents.has(event)) return scratchOnly("a merge queue commit is not merged yet");
  if (context.pullRequest === undefined && !pullRequestEvents.has(event)) return undefined;
  const from = context.pullRequest?.fork === false ? "" : " from a fork";
  const number = context.pullRequest === undefined ? "" : ` ${String(context.pullRequest.number)}`;
  return scratchOnly(`pull request${number}${from} is not merged yet`);
}

function decideRef(context: Context, rules: BranchRules): Trust {
  const { branch, tag } = context;
  if (branch === undefined && tag === undefined) {
    return untrusted("the event has neither a branch nor a tag");
  }
  const doubt = doubtInGitlab(context);
  if (doubt !== undefined) return scratchOnly(doubt);
  if (rules.default === undefined) {
    return scratchOnly(
      `the default branch is unknown: ${rules.problem ?? "the CI system, the checkout and the config do not set it"}`,
    );
  }
  if (tag !== undefined) return decideTag(context, tag, rules);
  const { why, whyNot } = judge(branch ?? "", context, rules);
  if (why !== undefined) return trusted(`${context.event} on ${why}`, true);
  return scratchOnly(
    whyNot ?? `${branch ?? ""} is neither the default branch nor a release branch`,
  );
}

function decideTag(context: Context, tag: string, rules: BranchRules): Trust {
  if (context.branchesWithCommit === undefined) {
    return scratchOnly(`cannot tell from this clone which branches contain the tag ${tag}`);
  }
  const judged = context.branchesWithCommit.map((branch) => judge(branch, context, rules));
  const why = judged.find((one) => one.why !== undefined)?.why;
  if (why !== undefined) return trusted(`the tag ${tag} is on ${why}`, rules.writeOnTags);
  const whyNot = judged.find((one) => one.whyNot !== undefined)?.whyNot;
  return scratchOnly(
    whyNot === undefined
      ? `the tag ${tag} is neither on the default branch nor on a release branch`
      : `the tag ${tag} is not on a trusted branch: ${whyNot}`,
  );
}

function judge(
  branch: string,
  context: Context,
  rules: BranchRules,
): ReturnType<typeof judgeBranch> {
  const isQueue = context.provider === "github" && branch.startsWith(mergeQueueBranches);
  return isQueue ? {} : judgeBranch(branch, rules);
}

/**
 * Anyone who starts a pipeline can set nearly all of its variables ("CI/CD variable precedence" in
 * GitLab's documentation). On a protected branch or tag only people with write access to it can
 * start one, and the runner's checkout, which no variable names, must agree.
 */
function doubtInGitlab(context: Context): string | undefined {
  const { provider, refProtected, branch, tag, branchesWithCommit } = context;
  if (provider !== "gitlab") return undefined;
  if (refProtected !== true) {
    const what = branch === undefined ? `the tag ${tag ?? ""}` : branch;
    return `${what} is not protected in GitLab, so anyone who can run a pipeline for it can set its variables`;
  }
  if (branch === undefined || branchesWithCommit?.includes(branch) === true) return undefined;
  return branchesWithCommit === undefined
    ? `cannot tell from this clone whether origin's ${branch} contains the commit`
    : `CI_COMMIT_BRANCH is ${branch}, but origin's ${branch} does not contain the commit`;
}

function trusted(reason: string, writesCaches: boolean): Trust {
  return {
    level: "trusted",
    reason,
    writesCaches,
    writesLegs: true,
    publishes: true,
    // A trusted run never reads what untrusted runs write, so it does not need it.
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
