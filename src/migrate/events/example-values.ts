import type { Json } from "../../lint/expressions/value.ts";
import { Unknown } from "../../lint/expressions/value.ts";
import type { Row } from "../../lint/github/matrix/matrix.ts";
import type { Context } from "../../trust/context.ts";
import type { RepositoryFacts } from "./sample-event.ts";

/** The commit of every example. */
const commit = "7c0ffee7c0ffee7c0ffee7c0ffee7c0ffee7c0ff";
const pullRequest = 7;

/** A value that stays an expression in texts and decides conditions by its example. */
export function example(expression: string, value: Json): Unknown {
  return new Unknown(expression, "run", undefined, { example: value });
}

/** The `github` context of a run for a ref: `refs/heads/main`. */
export function githubValues(
  eventName: string,
  ref: string,
  { slug, defaultBranch }: RepositoryFacts,
): Row {
  const isTag = ref.startsWith("refs/tags/");
  const isPull = ref.startsWith("refs/pull/");
  const name = ref.replace(/^refs\/(?:heads|tags|pull)\//, "");
  const [owner, repository] = slug?.split("/") ?? [];
  return {
    event_name: eventName,
    ref: example("github.ref", ref),
    ref_name: example("github.ref_name", name),
    ref_type: isTag ? "tag" : "branch",
    sha: example("github.sha", commit),
    head_ref: isPull ? example("github.head_ref", "change") : "",
    base_ref: isPull ? defaultBranch : "",
    server_url: "https://github.com",
    ...(slug === undefined || owner === undefined
      ? {}
      : { repository: slug, repository_owner: owner }),
    event: {
      ...(isPull ? pullRequestEvent(slug, owner) : { pull_request: null }),
      ...(eventName === "release"
        ? {
            action: "published",
            release: {
              tag_name: example("github.event.release.tag_name", name),
              prerelease: name.includes("-"),
              draft: false,
            },
          }
        : {}),
      repository: {
        default_branch: defaultBranch,
        fork: false,
        ...(slug === undefined || repository === undefined
          ? {}
          : { name: repository, full_name: slug }),
      },
    },
  };
}

function pullRequestEvent(slug: string | undefined, owner: string | undefined): Row {
  const repo = { fork: false, full_name: slug ?? null, owner: { login: owner ?? null } };
  const number = example("github.event.pull_request.number", pullRequest);
  return {
    number: example("github.event.number", pullRequest),
    pull_request: { number, draft: false, head: { repo } },
  };
}

/** The same run as Layerkeep sees it. */
export function contextFor(event: string, ref: string, facts: RepositoryFacts): Context {
  const isPull = ref.startsWith("refs/pull/");
  return {
    provider: "github",
    event,
    ref,
    branch: ref.startsWith("refs/heads/") ? ref.slice("refs/heads/".length) : undefined,
    tag: ref.startsWith("refs/tags/") ? ref.slice("refs/tags/".length) : undefined,
    commit,
    head: commit,
    commitDate: "2026-01-01T00:00:00Z",
    defaultBranch: facts.defaultBranch,
    baseBranch: isPull ? facts.defaultBranch : undefined,
    pullRequest: isPull ? { number: pullRequest, fork: false } : undefined,
    branchesWithCommit: [facts.defaultBranch],
    source: facts.slug === undefined ? undefined : `https://github.com/${facts.slug}`,
    run: { id: "1", url: undefined },
    dirty: false,
  };
}
