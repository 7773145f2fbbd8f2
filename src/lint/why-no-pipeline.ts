import { at, type SourceFile } from "./yaml/node.ts";
import { readNodes } from "./yaml/read-nodes.ts";

/** Why a file that is valid YAML has no jobs to check. */
export function whyNoPipeline(file: SourceFile): string {
  const { root } = readNodes(file);
  if (root === undefined) return "the file is empty";
  if (root.kind !== "map") return "not a workflow: the file is not a YAML map";
  if (at(root, "runs") !== undefined) {
    return "this is an action, not a workflow: actions are checked with the workflows that use them";
  }
  const jobs = at(root, "jobs");
  const missing = jobs === undefined ? "jobs" : "on";
  if (jobs !== undefined && jobs.kind !== "map") return "not a workflow: jobs is not a map";
  return `not a workflow: the key "${missing}" is missing`;
}
