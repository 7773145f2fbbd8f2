import type { Step } from "../document.ts";
import { expression } from "../expressions.ts";
import { pinnedActions } from "../pinned-actions.ts";

/** Folders that are carried from run to run under a key. */
export interface DirectoryCache {
  /** For the ids of steps. */
  readonly id: string;
  readonly paths: readonly string[];
  /** The step's output of this id is the key: texts with expressions. */
  readonly key: string;
  /** How the keys begin that are second best, best first. */
  readonly restoreKeys: readonly string[];
  /** Whether the job has the cache: the inside of an expression. */
  readonly condition: string;
}

/* Other places for folders need only these two. */

/** Restores the folders, if they were saved under the key or a second best. */
export function restoreStep({ id, paths, key, restoreKeys, condition }: DirectoryCache): Step {
  const others = restoreKeys.length === 0 ? {} : { "restore-keys": lines(restoreKeys) };
  return {
    name: `Restore ${id}`,
    id: `cache-${id}`,
    if: expression(condition),
    uses: pinnedActions.cacheRestore.uses,
    with: { path: lines(paths), key, ...others },
  };
}

/** Saves the folders, unless they are there already, in runs for which `trusted` is true. */
export function saveStep({ id, paths, key, condition }: DirectoryCache, trusted: string): Step {
  const isNew = `steps.cache-${id}.outputs.cache-hit != 'true'`;
  return {
    name: `Save ${id}`,
    if: expression(`${trusted} && ${condition} && ${isNew}`),
    uses: pinnedActions.cacheSave.uses,
    with: { path: lines(paths), key },
  };
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join("");
}
