import type { Step } from "../document.ts";
import { expression } from "../expressions.ts";
import { pinnedActions } from "../pinned-actions.ts";

/** Folders that are carried from run to run under a key. All texts may have expressions. */
export interface DirectoryCache {
  /** For the ids of steps. */
  readonly id: string;
  readonly paths: readonly string[];
  /** Links into the paths. */
  readonly links: readonly string[];
  /** The key: how it begins, and what follows and changes with the content. */
  readonly start: string;
  readonly changes: string;
  /** How the keys begin that are second best, best first. */
  readonly restoreKeys: readonly string[];
  /** Whether the job has the cache: the inside of an expression. */
  readonly condition: string;
}

/** Restores the folders from GitHub's cache, if they were saved under the key or a second best. */
export function restoreStep(cache: DirectoryCache): Step {
  const { id, condition } = cache;
  return {
    name: `Restore ${id}`,
    id: `cache-${id}`,
    if: expression(condition),
    uses: pinnedActions.cacheRestore.uses,
    with: { ...placeOf(cache), ...othersOf(cache) },
  };
}

/** Saves the folders, unless they are there already, in runs for which `trusted` is true. */
export function saveStep(cache: DirectoryCache, trusted: string): Step {
  const { id, condition } = cache;
  const isNew = `steps.cache-${id}.outputs.cache-hit != 'true'`;
  return {
    name: `Save ${id}`,
    if: expression(`${trusted} && ${condition} && ${isNew}`),
    uses: pinnedActions.cacheSave.uses,
    with: placeOf(cache),
  };
}

function placeOf({ paths, links, start, changes }: DirectoryCache) {
  return { path: lines([...paths, ...links]), key: `${start}${changes}` };
}

/** The second best keys, as an input; none if there are none. */
export function othersOf({ restoreKeys }: Pick<DirectoryCache, "restoreKeys">) {
  return restoreKeys.length === 0 ? {} : { "restore-keys": lines(restoreKeys) };
}

/** One a line. */
export function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join("");
}
