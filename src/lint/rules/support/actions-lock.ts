import type { Repository } from "../../files/repository.ts";
import { at, entryOf, itemsOf, textOf } from "../../yaml/node.ts";
import { readNodes } from "../../yaml/read-nodes.ts";

/**
 * What GitHub's lock file (`gh actions-lock`) pins for a workflow, as `owner/repository@ref`;
 * undefined if the workflow is not in it. A workflow that is does not start with an action that is
 * not. The format: https://github.com/github/gh-actions-lock/issues/129
 */
export function lockedUses(
  workflow: string,
  repository: Repository,
): ReadonlySet<string> | undefined {
  const lock = repository.read(".github/workflows/actions.lock");
  if (lock === undefined) return undefined;
  const entry = entryOf(at(readNodes(lock).root, "workflows"), workflow);
  if (entry === undefined) return undefined;
  return new Set(itemsOf(entry.value).map((item) => withoutPath(textOf(item) ?? "")));
}

/** `owner/repository@ref` of `owner/repository/path@ref`. */
export function withoutPath(use: string): string {
  return use.replace(/^([^/@]+\/[^/@]+)\/[^@]*@/, "$1@");
}
