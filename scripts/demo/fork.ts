import { writeFile } from "node:fs/promises";

/**
 * The environment of a GitHub Actions job for a pull request from a fork. `event` is the path of
 * the event's payload, which is written.
 */
export async function pullRequestFromFork(
  event: string,
  commit: string,
): Promise<Readonly<Record<string, string>>> {
  const payload = {
    repository: { full_name: "acme/images", default_branch: "main" },
    pull_request: {
      number: 1,
      head: { ref: "topic", sha: commit, repo: { full_name: "someone/images" } },
      base: { ref: "main", repo: { full_name: "acme/images" } },
    },
  };
  await writeFile(event, JSON.stringify(payload));
  return {
    CI: "true",
    GITHUB_ACTIONS: "true",
    GITHUB_EVENT_NAME: "pull_request",
    GITHUB_EVENT_PATH: event,
    GITHUB_REF: "refs/pull/1/merge",
    GITHUB_REPOSITORY: "acme/images",
    GITHUB_RUN_ID: "1",
    GITHUB_SERVER_URL: "https://github.com",
    GITHUB_SHA: commit,
  };
}
