import { UsageError } from "../errors.ts";
import { nearest } from "../nearest.ts";
import type { Context, GitFacts } from "./context.ts";
import { plainGitContext } from "./environment/plain-git.ts";

/** A run that is only assumed, to see what it would do: `--as push:main`. */
export type AssumedRun =
  | { readonly event: "push"; readonly branch: string }
  | { readonly event: "tag"; readonly tag: string }
  | { readonly event: "pull_request"; readonly fork: boolean; readonly number: number }
  | { readonly event: "schedule" | "local" };

const events = ["push", "tag", "pull_request", "schedule", "local"] as const;
const forms = "push:BRANCH, tag:TAG, pull_request, pull_request:fork, schedule or local";

/**
 * Parses `push:main`, `tag:v1.2.3`, `pull_request`, `pull_request:fork`, `pull_request:7`,
 * `schedule` or `local`. Throws a usage error that says what is allowed.
 */
export function parseAssumedRun(text: string): AssumedRun {
  const colon = text.indexOf(":");
  const [event, rest] = colon < 0 ? [text, ""] : [text.slice(0, colon), text.slice(colon + 1)];
  const known = events.find((one) => one === event);
  switch (known) {
    case "push":
    case "tag":
      if (!isRefName(rest)) throw new UsageError(`Use ${example(known)}.`);
      return known === "push" ? { event: known, branch: rest } : { event: known, tag: rest };
    case "pull_request":
      return pullRequestOf(rest);
    case undefined:
      throw new UsageError(`Use ${forms}.${near(event)}`);
    default:
      if (colon >= 0) throw new UsageError(`Use ${known} without a value.`);
      return { event: known };
  }
}

function near(event: string): string {
  const found = nearest(event, events);
  return found === undefined ? "" : ` Did you mean "${found}"?`;
}

function example(event: "push" | "tag"): string {
  return event === "push" ? "push:BRANCH, such as push:main" : "tag:TAG, such as tag:v1.2.3";
}

function pullRequestOf(rest: string): AssumedRun {
  const parts = rest === "" ? [] : rest.split(":");
  const number = parts.find((part) => /^[1-9]\d{0,8}$/.test(part));
  const others = parts.filter((part) => part !== number && part !== "fork");
  if (others.length > 0 || parts.length > 2) {
    throw new UsageError("Use pull_request, pull_request:fork or pull_request:NUMBER.");
  }
  return { event: "pull_request", fork: parts.includes("fork"), number: Number(number ?? 1) };
}

/** The characters that git forbids in names of branches and tags (git-check-ref-format). */
function isRefName(name: string): boolean {
  return /^(?![/.-])(?!.*(?:\.\.|\/\/|@\{|\/\.))[^\s~^:?*[\\\u0000-\u001f\u007f]+(?<![/.])$/.test(
    name,
  );
}

/** What is known of the repository beside the run. */
export interface AssumedFacts {
  readonly facts: GitFacts;
  readonly defaultBranch: string | undefined;
  /** The branches that contain the commit. */
  readonly branches: readonly string[];
}

/**
 * The context of an assumed run: of the commit that is checked out, without its local changes. The
 * provider is GitLab if the remote's host is named so, or else GitHub; branches and tags of GitLab
 * are assumed to be protected. Throws a usage error if a schedule's branch is unknown.
 */
export function assumedContext(run: AssumedRun, known: AssumedFacts): Context {
  const { facts, defaultBranch, branches } = known;
  if (run.event === "local") return plainGitContext("local", facts);
  const provider = isGitlab(facts.remoteUrl) ? "gitlab" : "github";
  const commit = facts.head ?? "";
  const own = ownPart(run, provider, defaultBranch);
  const isTag = own.tag !== undefined;
  const hasBranches = isTag || (provider === "gitlab" && own.branch !== undefined);
  return {
    provider,
    ...own,
    commit,
    head: commit,
    commitDate: facts.commitDate,
    defaultBranch,
    branchesWithCommit: hasBranches
      ? [...new Set([...branches, ...(own.branch === undefined ? [] : [own.branch])])]
      : undefined,
    source: facts.remoteUrl,
    run: undefined,
    ...(provider === "gitlab" ? { refProtected: true } : {}),
    dirty: false,
  };
}

type OwnPart = Pick<Context, "event" | "ref" | "branch" | "tag" | "baseBranch" | "pullRequest">;

function ownPart(
  run: AssumedRun,
  provider: "github" | "gitlab",
  defaultBranch: string | undefined,
): OwnPart {
  const none = { branch: undefined, tag: undefined, baseBranch: undefined, pullRequest: undefined };
  switch (run.event) {
    case "push":
      return { ...none, event: "push", ref: `refs/heads/${run.branch}`, branch: run.branch };
    case "tag":
      return { ...none, event: "push", ref: `refs/tags/${run.tag}`, tag: run.tag };
    case "pull_request": {
      const { number, fork } = run;
      const [event, ref] =
        provider === "gitlab"
          ? ["merge_request_event", `refs/merge-requests/${number}/head`]
          : ["pull_request", `refs/pull/${number}/merge`];
      return { ...none, event, ref, baseBranch: defaultBranch, pullRequest: { number, fork } };
    }
    default:
      if (defaultBranch === undefined) {
        throw new UsageError("--as schedule: the default branch is unknown", {
          hint: "run `git remote set-head origin --auto`",
        });
      }
      return {
        ...none,
        event: run.event,
        ref: `refs/heads/${defaultBranch}`,
        branch: defaultBranch,
      };
  }
}

function isGitlab(remoteUrl: string | undefined): boolean {
  return /^https?:\/\/[^/]*gitlab[^/]*\//i.test(remoteUrl ?? "");
}
