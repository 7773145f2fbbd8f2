import type { Text } from "../../expressions/value.ts";

/** What differs between pull requests, branches or runs. */
const ofOneRun =
  /head_ref|event\.(?:number|issue|pull_request|workflow_run)|github\.(?:ref|ref_name|sha|run_id|run_number|base_ref)\b|CI_(?:COMMIT|MERGE_REQUEST|PIPELINE|JOB|EXTERNAL_PULL_REQUEST)/;
const ofPullRequest =
  /head_ref|event\.(?:number|issue|pull_request|workflow_run)|CI_(?:MERGE_REQUEST|EXTERNAL_PULL_REQUEST)/;
/** Such as `inputs.pr`, `inputs.pr_number` and `inputs.pull-request`. */
const ofInput = /\binputs\.(?:[\w-]*[_-])?(?:pr|pull[_-]?request)(?![a-z])/i;

/** Whether a name belongs to one pull request, branch or run. */
export function isNamedByRun({ unknown }: Text): boolean {
  return unknown.some(({ expression }) => ofOneRun.test(expression));
}

/** Whether a name is chosen by a pull request. */
export function isNamedByPullRequest({ unknown }: Text): boolean {
  return unknown.some(({ expression }) => ofPullRequest.test(expression));
}

/** Whether a name has an input in it that is called after a pull request. */
export function isNamedByInput({ unknown }: Text): boolean {
  return unknown.some(({ expression }) => ofInput.test(expression));
}
