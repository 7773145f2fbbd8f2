import type { Concurrency } from "../model/pipeline.ts";
import { at, textOf } from "../yaml/node.ts";
import type { GitlabConfig } from "./config/jobs.ts";
import { unknownVariable } from "./variables.ts";

/**
 * The jobs that a newer pipeline of the same ref ends: those that are `interruptible`, unless
 * `auto_cancel` says otherwise.
 */
export function concurrencyOf({ root, jobs }: GitlabConfig): readonly Concurrency[] {
  if (textOf(at(root, "workflow", "auto_cancel", "on_new_commit")) === "none") return [];
  return jobs.flatMap(({ name, node }) => {
    const interruptible = at(node, "interruptible");
    if (interruptible === undefined || textOf(interruptible) !== "true") return [];
    const group = unknownVariable("CI_COMMIT_REF_NAME");
    return [{ job: name, span: interruptible, group, cancels: true, queues: undefined }];
  });
}
