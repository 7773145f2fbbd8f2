import type { FoundCache } from "../../../dir/stored/find-cache.ts";
import { UsageError } from "../../../errors.ts";
import { compileGlob } from "../../../glob.ts";
import { suggest } from "../../../nearest.ts";
import { formatRepository } from "../../../oci/reference.ts";
import { removalsOf } from "../../../pipeline/caches/choose-removals.ts";
import { renderRemovedCaches } from "../../../report/dir/dir-report.ts";
import type { ConfigOptions, GlobalOptions, Io } from "../../io.ts";
import type { deleting } from "../../program/flag-groups.ts";
import type { OptionsOf } from "../../program/flags.ts";
import { show } from "../../show/show-result.ts";
import { deleteDirs, surveyDirs } from "./delete-dirs.ts";
import { openDirs } from "../open-dirs.ts";

type Options = ConfigOptions & GlobalOptions & OptionsOf<typeof deleting>;

/** Deletes the caches of some keys with `--yes`; without it, shows which. */
export async function removeDirs(
  keys: readonly string[],
  options: Options,
  io: Io,
): Promise<number> {
  const isReal = options.yes === true;
  await using dirs = await openDirs(options, io, isReal ? "write" : "read");
  const tags = await surveyDirs(dirs);
  const caches = tags.flatMap(({ tag, dir }) => (dir === undefined ? [] : [{ ...dir, tag }]));
  const chosen = choose(keys, caches, formatRepository(dirs.storage.repository));
  const named = chosen.map(({ key, tag, stored }) => ({ key, tag, stored }));
  if (!isReal) {
    show(io, options, { chosen: named, deleted: null }, () => renderRemovedCaches(chosen, false));
    return 0;
  }
  const requested = chosen.map(({ tag }) => ({ tag, reason: "requested", leg: null }));
  const { refused } = await deleteDirs(dirs, removalsOf(tags, requested), chosen, io);
  const kept = new Set(refused.map(({ tag }) => tag));
  const deleted = chosen.filter(({ tag }) => !kept.has(tag));
  const result = { chosen: named, deleted: deleted.map(({ key }) => key) };
  show(io, options, result, () => renderRemovedCaches(deleted, true));
  return kept.size === 0 ? 0 : 1;
}

function choose(
  keys: readonly string[],
  caches: readonly FoundCache[],
  repository: string,
): readonly FoundCache[] {
  const chosen = new Set<FoundCache>();
  for (const key of keys) {
    const matches = compileGlob(key);
    const found = caches.filter((cache) => cache.key === key || matches(cache.key));
    for (const cache of found) chosen.add(cache);
    if (found.length > 0) continue;
    throw new UsageError(`there is no directory cache "${key}" in ${repository}`, {
      hint: suggest(
        key,
        caches.map((cache) => cache.key),
      ),
    });
  }
  return [...chosen];
}
