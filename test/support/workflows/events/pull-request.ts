import type { GithubEvent, Trigger } from "./event.ts";
import { namePayload, repositoryPayload } from "./payload.ts";
import { type Repository, git, headOf, mergeCommit } from "./repository.ts";

type PullRequestEvent = Extract<GithubEvent, { readonly number: number }>;

/**
 * `pull_request` runs on the merge commit, `refs/pull/N/merge`; `pull_request_target` on the default
 * branch, whatever the base is (GitHub's changelog, 2025-11-07). Both refs of the pull request are
 * made in the repository, as GitHub does, those of a fork included.
 */
export function pullRequestTrigger(repository: Repository, event: PullRequestEvent): Trigger {
  const { number, base, head } = event;
  const action = event.action ?? "synchronize";
  const source = head.fork?.folder ?? repository.folder;
  const headRef = `refs/pull/${number}/head`;
  git(repository, "fetch", "--quiet", source, `+refs/heads/${head.branch}:${headRef}`);
  const headSha = headOf(repository, headRef);
  const baseSha = headOf(repository, `refs/heads/${base}`);
  const mergeSha = mergeCommit(repository, baseSha, headSha);
  git(repository, "update-ref", `refs/pull/${number}/merge`, mergeSha);
  const pull_request = {
    number,
    merge_commit_sha: mergeSha,
    head: { ref: head.branch, sha: headSha, repo: namePayload(head.fork?.name ?? repository.name) },
    base: { ref: base, sha: baseSha, repo: namePayload(repository.name) },
  };
  const common = {
    event: event.name,
    refType: "branch",
    baseRef: base,
    headRef: head.branch,
    payload: { ...repositoryPayload(repository), action, number, pull_request },
    filtered: base,
    action,
    changes: { from: git(repository, "merge-base", baseSha, headSha), to: headSha },
    inputs: {},
  } as const;
  if (event.name === "pull_request") {
    return {
      ...common,
      ref: `refs/pull/${number}/merge`,
      refName: `${number}/merge`,
      sha: mergeSha,
      fromFork: head.fork !== undefined,
      readOnlyCaches: false,
    };
  }
  const ref = `refs/heads/${repository.defaultBranch}`;
  return {
    ...common,
    ref,
    refName: repository.defaultBranch,
    sha: headOf(repository, ref),
    fromFork: false,
    readOnlyCaches: true,
  };
}
