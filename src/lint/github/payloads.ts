import type { Value } from "../expressions/value.ts";

/**
 * The objects of `github.event` that only some events have, by GitHub's page "Webhook events and
 * payloads".
 */
const eventsWith: Readonly<Record<string, readonly string[]>> = {
  check_run: ["check_run", "deployment_status"],
  check_suite: ["check_suite"],
  comment: ["commit_comment", "discussion_comment", "issue_comment", "pull_request_review_comment"],
  commits: ["push"],
  discussion: ["discussion", "discussion_comment"],
  head_commit: ["push"],
  issue: ["issue_comment", "issues"],
  pages: ["gollum"],
  pull_request: [
    ...["pull_request", "pull_request_review", "pull_request_review_comment"],
    "pull_request_target",
  ],
  release: ["release"],
  review: ["pull_request_review"],
  workflow_run: ["deployment", "deployment_status", "workflow_run"],
};

/** What `github.event` does not have on an event: null, as GitHub evaluates it. */
export function absentOn(event: string): Readonly<Record<string, Value>> {
  const absent = Object.entries(eventsWith).filter(([, events]) => !events.includes(event));
  return Object.fromEntries(absent.map(([name]) => [name, null]));
}
