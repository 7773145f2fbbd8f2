import type { Context, GitFacts } from "../context.ts";

/**
 * The context of a GitLab CI job, from its environment ("Predefined CI/CD variables" in GitLab's
 * documentation) and the checkout. `branchesWithCommit` is left out.
 */
export function gitlabContext(env: NodeJS.ProcessEnv, facts: GitFacts | undefined): Context {
  const request = mergeRequestOf(env);
  // CI_COMMIT_REF_NAME is not enough: for a merge request it is the source branch, which a fork may
  // have named like our default branch. CI_COMMIT_BRANCH is then not set.
  const tag = request === undefined ? textOf(env, "CI_COMMIT_TAG") : undefined;
  const branch =
    request === undefined && tag === undefined ? textOf(env, "CI_COMMIT_BRANCH") : undefined;
  const event = eventOf(env);
  const commit = commitOf(env, facts);
  return {
    provider: "gitlab",
    event,
    ref: request?.ref ?? fullRef(branch, tag),
    branch,
    tag,
    commit,
    head: facts?.head ?? "",
    commitDate: facts?.commitDate ?? textOf(env, "CI_COMMIT_TIMESTAMP"),
    defaultBranch: textOf(env, "CI_DEFAULT_BRANCH"),
    baseBranch: request?.baseBranch,
    pullRequest: request === undefined ? undefined : { number: request.number, fork: request.fork },
    branchesWithCommit: undefined,
    refProtected: env["CI_COMMIT_REF_PROTECTED"] === "true",
    source: textOf(env, "CI_PROJECT_URL") ?? facts?.remoteUrl,
    run: runOf(env),
    dirty: facts?.dirty ?? false,
    ...problemsOf(event, request !== undefined, missingTag(tag, facts)),
  };
}

interface MergeRequest {
  readonly number: number;
  readonly fork: boolean;
  readonly ref: string;
  readonly baseBranch: string | undefined;
}

/** A merge train is also a merge request's pipeline; the event's type distinguishes it. */
function eventOf(env: NodeJS.ProcessEnv): string {
  const isTrain = env["CI_MERGE_REQUEST_EVENT_TYPE"] === "merge_train";
  return isTrain ? "merge_train" : (env["CI_PIPELINE_SOURCE"] ?? "");
}

function mergeRequestOf(env: NodeJS.ProcessEnv): MergeRequest | undefined {
  const external = numberOf(env, "CI_EXTERNAL_PULL_REQUEST_IID");
  if (external !== undefined) {
    const source = textOf(env, "CI_EXTERNAL_PULL_REQUEST_SOURCE_REPOSITORY");
    const target = textOf(env, "CI_EXTERNAL_PULL_REQUEST_TARGET_REPOSITORY");
    return {
      number: external,
      fork: source === undefined || source !== target,
      // GitHub, where the pull request was opened, has this ref; the mirror does not.
      ref: `refs/pull/${String(external)}/merge`,
      baseBranch: textOf(env, "CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_NAME"),
    };
  }
  // A child pipeline of a merge request's pipeline has these too, whatever its own source.
  const number = numberOf(env, "CI_MERGE_REQUEST_IID");
  if (number === undefined) return undefined;
  const source = textOf(env, "CI_MERGE_REQUEST_SOURCE_PROJECT_ID");
  const target = textOf(env, "CI_MERGE_REQUEST_PROJECT_ID");
  return {
    number,
    fork: source === undefined || source !== target,
    ref: textOf(env, "CI_MERGE_REQUEST_REF_PATH") ?? `refs/merge-requests/${String(number)}/head`,
    baseBranch: textOf(env, "CI_MERGE_REQUEST_TARGET_BRANCH_NAME"),
  };
}

/**
 * CI_COMMIT_SHA. With merged results that is the merge commit; the source's own commit is returned
 * if it is checked out.
 */
function commitOf(env: NodeJS.ProcessEnv, facts: GitFacts | undefined): string {
  const source = textOf(env, "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA");
  if (source !== undefined && source === facts?.head) return source;
  return env["CI_COMMIT_SHA"] ?? "";
}

function fullRef(branch: string | undefined, tag: string | undefined): string {
  if (tag !== undefined) return `refs/tags/${tag}`;
  return branch === undefined ? "" : `refs/heads/${branch}`;
}

function runOf(env: NodeJS.ProcessEnv): Context["run"] {
  const id = textOf(env, "CI_PIPELINE_ID");
  return id === undefined ? undefined : { id, url: textOf(env, "CI_PIPELINE_URL") };
}

/** A runner fetches the tag that a pipeline is for, while a variable can name any tag. */
function missingTag(tag: string | undefined, facts: GitFacts | undefined): string | undefined {
  if (tag === undefined || facts === undefined || facts.tags.includes(tag)) return undefined;
  return `CI_COMMIT_TAG is ${tag}, but the checked-out commit has no such tag`;
}

function problemsOf(
  event: string,
  isMergeRequest: boolean,
  missing: string | undefined,
): Pick<Context, "problems"> {
  if (event === "") {
    return { problems: ["CI_PIPELINE_SOURCE is not set, so the event is unknown"] };
  }
  if (missing !== undefined) return { problems: [missing] };
  const needsRequest = event === "merge_request_event" || event === "external_pull_request_event";
  if (!needsRequest || isMergeRequest) return {};
  return { problems: [`the variables of the ${event} pipeline have no merge request`] };
}

function textOf(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const value = env[name];
  return value === "" ? undefined : value;
}

function numberOf(env: NodeJS.ProcessEnv, name: string): number | undefined {
  const value = env[name] ?? "";
  return /^[1-9]\d*$/.test(value) ? Number(value) : undefined;
}
