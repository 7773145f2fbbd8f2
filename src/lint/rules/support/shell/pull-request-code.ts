import type { Tri } from "../../../expressions/value.ts";
import type { Placed } from "../../../model/builds.ts";
import type { Build } from "../../../model/operation.ts";
import type { StepRun } from "../../../model/pipeline.ts";

/** Starts a run with the repository's secrets for somebody who may not write to it. */
export const privileged: ReadonlySet<string> = new Set([
  "pull_request_target",
  "workflow_run",
  "issue_comment",
]);

const named =
  /head_ref|pull_request\.head|another repository|pull_request\.merge_commit_sha|head_(?:sha|branch|commit|repository)|refs\/pull\/|issue\.number|event\.number/;
const fetched =
  /gh pr checkout|refs\/pull\/|git (?:fetch|pull)\b.*\bpull\/|git checkout .*head_(?:ref|sha)/;

/**
 * Whether a build of a privileged run takes the code of the pull request: its job checks that out,
 * or its context is a git address of it. Undefined if only a run can tell.
 */
export function takesPullRequestCode({ job, operation }: Placed<Build>): Tri {
  const places = [operation.context?.value, ...job.steps.map(checkedOut)].filter(
    (text) => text !== undefined,
  );
  if (places.some(({ text }) => named.test(text))) return true;
  if (job.steps.some(({ script }) => fetched.test(script?.value.text ?? ""))) return true;
  const unsure = places.some(({ unknown }) => unknown.some(isFromStep));
  return unsure || job.opaque.length > 0 ? undefined : false;
}

function checkedOut({ action }: StepRun): { text: string; unknown: readonly Named[] } | undefined {
  if (action?.name !== "actions/checkout") return undefined;
  const given = ["ref", "repository"].flatMap((name) => action.inputs.get(name)?.value ?? []);
  return {
    text: given.map(({ text }) => text).join(" "),
    unknown: given.flatMap(({ unknown }) => unknown),
  };
}

interface Named {
  readonly expression: string;
}

function isFromStep({ expression }: Named): boolean {
  return /\b(?:steps|needs|env|inputs)\b/.test(expression);
}
