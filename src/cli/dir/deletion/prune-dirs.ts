import { hasDirRules } from "../../../config/cache/retention.ts";
import type { Retention } from "../../../config/config.ts";
import { UsageError } from "../../../errors.ts";
import { formatRepository } from "../../../oci/reference.ts";
import type { DirRetention } from "../../../pipeline/caches/choose-dir-removals.ts";
import { renderPrunable, renderPruned } from "../../../report/dir/prune-report.ts";
import { type ConfigOptions, type GlobalOptions, type Io, warn } from "../../io.ts";
import type { deleting } from "../../program/flag-groups.ts";
import type { OptionsOf } from "../../program/flags.ts";
import { show } from "../../show/show-result.ts";
import { chooseOldDirs } from "./choose-old-dirs.ts";
import { deleteDirs, surveyDirs } from "./delete-dirs.ts";
import { openDirs } from "../open-dirs.ts";

type Options = ConfigOptions & GlobalOptions & OptionsOf<typeof deleting> & Partial<DirRetention>;

/** Deletes the caches that the rules choose with `--yes`; without it, shows which. */
export async function pruneDirs(options: Options, io: Io): Promise<number> {
  const isReal = options.yes === true;
  await using dirs = await openDirs(options, io, isReal ? "write" : "read");
  const policy = policyOf(options, dirs.session.config.cache.retention);
  const removals = chooseOldDirs(await surveyDirs(dirs), policy, io);
  for (const text of removals.warnings) warn(io, text);
  const { chosen, freed, left } = removals;
  const result = {
    repository: formatRepository(dirs.storage.repository),
    chosen: chosen.map(({ key, tag, digest, reason }) => ({ key, tag, digest, reason })),
    bytes: { freed, left },
  };
  if (!isReal || chosen.length === 0) {
    show(io, options, { ...result, removed: null }, (_, page) => renderPrunable(removals, page));
    return 0;
  }
  const removed = await deleteDirs(dirs, removals, chosen, io);
  show(io, options, { ...result, removed }, () => renderPruned(removals, removed));
  return removed.refused.length === 0 ? 0 : 1;
}

/** The config's rules, overridden by flags. Throws a usage error if there is none. */
function policyOf(options: Options, { dirs, grace }: Retention): DirRetention {
  const policy = {
    olderThan: options.olderThan ?? dirs.olderThan,
    keepLast: options.keepLast ?? dirs.keepLast,
    maxSize: options.maxSize ?? dirs.maxSize,
    grace: options.grace ?? grace,
  };
  if (hasDirRules(policy)) return policy;
  throw new UsageError("no retention rule is set, so nothing can be deleted", {
    hint: "add cache: { retention: { dirs: { older-than: 30d } } } to the config, or pass --older-than, --keep-last or --max-size",
  });
}
