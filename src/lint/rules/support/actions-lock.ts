import type { Repository } from "../../files/repository.ts";
import { at, entryOf } from "../../yaml/node.ts";
import { readNodes } from "../../yaml/read-nodes.ts";

/**
 * Whether GitHub's lock file (`gh actions-lock`) pins what a workflow uses. A workflow that is in it
 * does not start with an action that is not.
 */
export function isLocked(workflow: string, repository: Repository): boolean {
  const lock = repository.read(".github/workflows/actions.lock");
  if (lock === undefined) return false;
  return entryOf(at(readNodes(lock).root, "workflows"), workflow) !== undefined;
}
