import type { Context, GitFacts } from "../context.ts";
import { type Payload, payloadAt, textAt } from "./payload.ts";

/**
 * The context of a GitHub Actions run, from its environment ("Default environment variables" and
 * "Events that trigger workflows" in GitHub's documentation), the event's payload and the checkout.
 * `branchesWithCommit` is left out.
 */
export function githubContext(
  env: NodeJS.ProcessEnv,
  payload: Payload,
  facts: GitFacts | undefined,
): Context {
  const event = env["GITHUB_EVENT_NAME"] ?? "";
  const pullRequest = pullRequestOf(event, payload);
  // For pull_request_target GitHub names the base branch, but the run is about the pull request.
  const ref =
    event === "pull_request_target" && pullRequest !== undefined
      ? `refs/pull/${String(pullRequest.number)}/merge`
      : (env["GITHUB_REF"] ?? "");
  const commit = commitOf(event, env, payload, facts);
  const isPullRequest = pullRequest !== undefined && event !== "issue_comment";
  return {
    provider: "github",
    event,
    ref,
    branch: isPullRequest ? undefined : branchOfRef(ref),
    tag: tagOfRef(ref),
    commit,
    head: facts?.head ?? "",
    commitDate: facts?.commitDate ?? commitDateOf(payload, commit),
    defaultBranch: textAt(payload, "repository", "default_branch") ?? ownDefault(event, ref),
    baseBranch: baseBranchOf(event, env, payload),
    pullRequest,
    branchesWithCommit: undefined,
    source: repositoryUrl(env) ?? facts?.remoteUrl,
    run: runOf(env),
    dirty: facts?.dirty ?? false,
    ...problemsOf(event, payload),
  };
}

/**
 * A schedule runs only on the default branch, and on some servers (older GitHub Enterprise, Gitea)
 * its payload names no repository. Other events can happen on any branch.
 */
function ownDefault(event: string, ref: string): string | undefined {
  return event === "schedule" ? branchOfRef(ref) : undefined;
}

const pullRequestEvents: ReadonlySet<string> = new Set([
  "pull_request",
  "pull_request_target",
  "pull_request_review",
  "pull_request_review_comment",
]);

function pullRequestOf(event: string, payload: Payload): Context["pullRequest"] {
  if (event === "issue_comment") {
    const number = payloadAt(payload, "issue", "number");
    const isPullRequest = payloadAt(payload, "issue", "pull_request") !== undefined;
    // The payload does not name the pull request's repository.
    return isPullRequest && typeof number === "number" ? { number, fork: true } : undefined;
  }
  const number = payloadAt(payload, "pull_request", "number");
  if (!pullRequestEvents.has(event) || typeof number !== "number") return undefined;
  // The head's repository is null if the fork was deleted.
  const head = textAt(payload, "pull_request", "head", "repo", "full_name");
  const base = textAt(payload, "pull_request", "base", "repo", "full_name");
  return { number, fork: head === undefined || head !== base };
}

/**
 * GITHUB_SHA. For a pull request that is the merge commit; the payload also names the head commit,
 * which is returned if it is checked out.
 */
function commitOf(
  event: string,
  env: NodeJS.ProcessEnv,
  payload: Payload,
  facts: GitFacts | undefined,
): string {
  const named = env["GITHUB_SHA"] ?? "";
  if (event !== "pull_request") return named;
  const head = textAt(payload, "pull_request", "head", "sha");
  return head !== undefined && head === facts?.head ? head : named;
}

function commitDateOf(payload: Payload, commit: string): string | undefined {
  const isThis = textAt(payload, "head_commit", "id") === commit;
  return isThis ? textAt(payload, "head_commit", "timestamp") : undefined;
}

function baseBranchOf(event: string, env: NodeJS.ProcessEnv, payload: Payload): string | undefined {
  if (event === "merge_group") return branchOfRef(textAt(payload, "merge_group", "base_ref"));
  const base = textAt(payload, "pull_request", "base", "ref") ?? env["GITHUB_BASE_REF"];
  if (base !== undefined && base !== "") return base;
  return branchOfRef(textAt(payload, "base_ref"));
}

function repositoryUrl(env: NodeJS.ProcessEnv): string | undefined {
  const repository = env["GITHUB_REPOSITORY"] ?? "";
  const server = env["GITHUB_SERVER_URL"] ?? "https://github.com";
  return repository === "" ? undefined : `${server}/${repository}`;
}

function runOf(env: NodeJS.ProcessEnv): Context["run"] {
  const id = env["GITHUB_RUN_ID"] ?? "";
  const url = repositoryUrl(env);
  if (id === "") return undefined;
  return { id, url: url === undefined ? undefined : `${url}/actions/runs/${id}` };
}

function problemsOf(event: string, payload: Payload): Pick<Context, "problems"> {
  const problems = [
    ...("problem" in payload ? [payload.problem] : []),
    ...(event === "" ? ["GITHUB_EVENT_NAME is not set, so the event is unknown"] : []),
    ...("json" in payload &&
    pullRequestEvents.has(event) &&
    pullRequestOf(event, payload) === undefined
      ? [`the ${event} event has no pull request`]
      : []),
  ];
  return problems.length === 0 ? {} : { problems };
}

/** The branch that a full ref names. */
function branchOfRef(ref: string | undefined): string | undefined {
  return afterPrefix(ref, "refs/heads/");
}

/** The tag that a full ref names. */
function tagOfRef(ref: string | undefined): string | undefined {
  return afterPrefix(ref, "refs/tags/");
}

function afterPrefix(ref: string | undefined, prefix: string): string | undefined {
  if (ref?.startsWith(prefix) !== true) return undefined;
  return ref.length > prefix.length ? ref.slice(prefix.length) : undefined;
}
