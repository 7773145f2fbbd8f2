import type { Repository } from "../../files/repository.ts";
import { readNodes } from "../../yaml/read-nodes.ts";
import { localPath } from "../local-path.ts";
import { type Workflow, workflowOf } from "../workflow.ts";

/** The workflows among `paths` that others of them call, in runs that something else starts. */
export function calledWorkflows(
  paths: readonly string[],
  repository: Repository,
): ReadonlySet<string> {
  const workflows = new Map<string, Workflow>();
  for (const path of paths) {
    const file = repository.read(path);
    const workflow = file === undefined ? undefined : workflowOf(file, readNodes(file).root);
    if (workflow !== undefined) workflows.set(path, workflow);
  }
  const called = new Set<string>();
  const follow = (workflow: Workflow): void => {
    for (const { uses } of workflow.jobs) {
      const path = localPath(uses?.text ?? "") ?? "";
      const target = workflows.get(path);
      if (target === undefined || called.has(path)) continue;
      called.add(path);
      follow(target);
    }
  };
  for (const workflow of workflows.values()) {
    if (workflow.events.some(({ name }) => name !== "workflow_call")) follow(workflow);
  }
  return called;
}
