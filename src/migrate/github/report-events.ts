import type { Notes } from "../notes.ts";
import type { OldWorkflow } from "./read-workflows.ts";

const known = new Set([
  ...["push", "pull_request", "release", "schedule", "workflow_dispatch", "merge_group"],
  "workflow_call",
]);

/** Reports events that the generated workflow does not have. */
export function reportEvents(workflows: readonly OldWorkflow[], lost: Notes): void {
  for (const { name, key } of workflows.flatMap(({ workflow }) => workflow.events)) {
    if (known.has(name)) continue;
    const hint =
      name === "workflow_run"
        ? "the generated workflow runs on pushes: require the check of the other workflow in branch protection instead"
        : "keep a separate workflow for this event";
    lost.add(key, `the event ${name} is not carried over`, hint);
  }
}
