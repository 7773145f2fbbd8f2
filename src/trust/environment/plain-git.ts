import compare from "semver/functions/compare.js";
import valid from "semver/functions/valid.js";
import type { Context, GitFacts } from "../context.ts";

/**
 * The context of a run outside the CIs that we know. The event is `local`, or `ci` in an unknown
 * CI. If a tag points at a detached head, the run is on that tag, or on the highest version of
 * several.
 */
export function plainGitContext(event: "ci" | "local", facts: GitFacts | undefined): Context {
  const branch = facts?.branch;
  const tag = branch === undefined ? highest(facts?.tags ?? []) : undefined;
  return {
    provider: "git",
    event,
    ref:
      branch !== undefined ? `refs/heads/${branch}` : tag !== undefined ? `refs/tags/${tag}` : "",
    branch,
    tag,
    commit: facts?.head ?? "",
    head: facts?.head ?? "",
    commitDate: facts?.commitDate,
    defaultBranch: facts?.defaultBranch,
    baseBranch: undefined,
    pullRequest: undefined,
    branchesWithCommit: undefined,
    source: facts?.remoteUrl,
    run: undefined,
    dirty: facts?.dirty ?? false,
  };
}

function highest(tags: readonly string[]): string | undefined {
  const versions = tags.filter((tag) => valid(tag) !== null).sort(compare);
  return versions.at(-1) ?? tags[0];
}
