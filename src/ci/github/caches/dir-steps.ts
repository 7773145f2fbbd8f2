import type { Blueprint } from "../blueprints/blueprint.ts";
import type { Mapping, Step } from "../document.ts";
import { expression } from "../expressions.ts";
import { ourAction } from "../steps.ts";
import { type DirectoryCache, lines, othersOf } from "./directory-cache.ts";

/* Steps that restore from the cache repository now, and save there at the end of the job. */

/** The variable that ends a key: what begins it is the same for caches that replace each other. */
const keyVariable = "CACHE_KEY";

/** Directory caches that the config declares. Their keys can have the variables of `env`. */
export function declaredStep(names: readonly string[], env: Mapping, blueprint: Blueprint): Step {
  return {
    name: "Restore directory caches",
    ...dirAction({ names: names.join(" ") }, env, blueprint),
  };
}

/** One cache of a job. */
export function registryStep(cache: DirectoryCache, blueprint: Blueprint): Step {
  const { id, paths, start, changes, condition } = cache;
  const key = `${start}{env:${keyVariable}}`;
  const given = { path: lines(paths), key, ...othersOf(cache) };
  return {
    name: `Restore ${id}`,
    if: expression(condition),
    ...dirAction(given, { [keyVariable]: changes }, blueprint),
  };
}

function dirAction(given: Mapping, env: Mapping, blueprint: Blueprint): Step {
  const { login, env: secrets } = blueprint.commands.dirs;
  const all = { ...env, ...secrets };
  return {
    uses: ourAction("dir", blueprint),
    with: { ...given, ...blueprint.given, ...login },
    env: Object.keys(all).length === 0 ? undefined : all,
  };
}
