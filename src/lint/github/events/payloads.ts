import type { Value } from "../../expressions/value.ts";

const pullRequests = ["pull_request", "pull_request_target"];

/**
 * The properties of `github.event` by the events that have them, from GitHub's page "Webhook events
 * and payloads" and its schemas (github/rest-api-description) on 29 November 2026. `schedule` is on
 * the page "Events that trigger workflows".
 */
const eventsWith: Readonly<Record<string, readonly string[]>> = {
  action: [
    ...["branch_protection_rule", "check_run", "check_suite", "commit_comment", "deployment"],
    ...["deployment_status", "discussion", "discussion_comment", "issue_comment", "issues"],
    ...["label", "merge_group", "milestone", "pull_request_review", "pull_request_review_comment"],
    ...["registry_package", "release", "repository_dispatch", "watch", "workflow_run"],
    ...pullRequests,
  ],
  after: ["push", ...pullRequests],
  base_ref: ["push"],
  before: ["push", ...pullRequests],
  branch: ["repository_dispatch"],
  build: ["page_build"],
  check_run: ["check_run", "deployment_status"],
  check_suite: ["check_suite"],
  client_payload: ["repository_dispatch"],
  comment: ["commit_comment", "discussion_comment", "issue_comment", "pull_request_review_comment"],
  commits: ["push"],
  compare: ["push"],
  created: ["push"],
  deleted: ["push"],
  deployment: ["deployment", "deployment_status"],
  deployment_status: ["deployment_status"],
  discussion: ["discussion", "discussion_comment"],
  forced: ["push"],
  forkee: ["fork"],
  head_commit: ["push"],
  inputs: ["workflow_dispatch"],
  issue: ["issue_comment", "issues"],
  label: ["discussion", "issues", "label", ...pullRequests],
  merge_group: ["merge_group"],
  milestone: ["issues", "milestone", ...pullRequests],
  number: pullRequests,
  pages: ["gollum"],
  pull_request: ["pull_request_review", "pull_request_review_comment", ...pullRequests],
  pusher: ["push"],
  ref: ["create", "delete", "push", "workflow_dispatch"],
  registry_package: ["registry_package"],
  release: ["release"],
  requested_reviewer: pullRequests,
  requested_team: pullRequests,
  review: ["pull_request_review"],
  schedule: ["schedule"],
  workflow: ["deployment", "deployment_status", "schedule", "workflow_dispatch", "workflow_run"],
  workflow_run: ["deployment", "deployment_status", "workflow_run"],
};

const events = new Set(Object.values(eventsWith).flat());

/** What `github.event` does not have on an event: null, as GitHub evaluates it. */
export function absentOn(event: string): Readonly<Record<string, Value>> {
  if (!events.has(event)) return {};
  const absent = Object.entries(eventsWith).filter(([, having]) => !having.includes(event));
  return Object.fromEntries(absent.map(([name]) => [name, null]));
}
