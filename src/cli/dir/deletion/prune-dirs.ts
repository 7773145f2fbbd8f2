import { UsageError } from "../../../errors.ts";
import { formatRepository } from "../../../oci/reference.ts";
import {
  chooseDirRemovals,
  type DirRetention,
} from "../../../pipeline/caches/choose-dir-removals.ts";
import {
  renderPrunable,
  renderPruned,
  renderSparedDirs,
} from "../../../report/dir/prune-report.ts";
import { type ConfigOptions, type GlobalOptions, type Io, warn } from "../../io.ts";
import type { deleting } from "../../program/flag-groups.ts";
import type { OptionsOf } from "../../program/flags.ts";
import { show } from "../../show/show-result.ts";
import { deleteDirs, surveyDirs } from "./delete-dirs.ts";
import { openDirs } from "../open-dirs.ts";

type Options = ConfigOptions & GlobalOptions & OptionsOf<typeof deleting> & Partial<DirRetention>;

/** Deletes the caches that the rules choose with `--yes`; without it, shows which. */
export async function pruneDirs(options: Options, io: Io): Promise<number> {
  const { olderThan, keepLast, maxSize } = options;
  refuseWithoutRule([olderThan, keepLast, maxSize]);
  const isReal = options.yes === true;
  await using dirs = await openDirs(options, io, isReal ? "write" : "read");
  const grace = options.grace ?? dirs.session.config.cache.retention.grace;
  const policy = { olderThan, keepLast, maxSize, grace };
  const removals = chooseDirRemovals(await surveyDirs(dirs), policy, io.now().getTime());
  for (const text of removals.warnings) warn(io, text);
  if (removals.spared > 0) io.err(`note: ${renderSparedDirs(removals.spared, grace)}\n`);
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

function refuseWithoutRule(rules: readonly (number | undefined)[]): void {
  if (rules.some((rule) => rule !== undefined)) return;
  throw new UsageError("no rule is given, so nothing can be deleted", {
    hint: "pass --older-than, --keep-last or --max-size",
  });
}
