import { at, type SourceFile } from "./yaml/node.ts";
import { readNodes } from "./yaml/read-nodes.ts";

/** Why a file that is valid YAML has no jobs to check. */
export function whyNoPipeline(file: SourceFile): string {
  const { root } = readNodes(file);
  if (root === undefined) return "the file is empty";
  if (root.kind !== "map") return "not a workflow: it is not a map";
  if (at(root, "runs") !== undefined) {
    return "not a workflow but an action, which is checked with the workflows that use it";
  }
  const jobs = at(root, "jobs");
  const missing = jobs === undefined ? "jobs" : "on";
  if (jobs !== undefined && jobs.kind !== "map") return "not a workflow: jobs is not a map";
  return `not a workflow: it has no key "${missing}"`;
}
