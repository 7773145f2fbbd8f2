import { hasDirRules, hasRules } from "../../../config/cache/retention.ts";
import type { Retention } from "../../../config/config.ts";
import { UsageError } from "../../../errors.ts";
import {
  chooseRemovals,
  joinRemovals,
  type Removals,
} from "../../../pipeline/caches/choose-removals.ts";
import type { JudgedTag } from "../../../pipeline/caches/judge-tags.ts";
import { longestLog } from "../../../pipeline/records/log-layers.ts";
import { renderSpared } from "../../../report/caches/cache-repository-report.ts";
import type { Io } from "../../io.ts";
import { chooseOldDirs } from "../../dir/deletion/choose-old-dirs.ts";
import { type CacheRepositoryOptions, openCacheRepository } from "./cache-repository.ts";
import type { deleting } from "../../program/flag-groups.ts";
import type { OptionsOf } from "../../program/flags.ts";
import { removeChosen } from "./remove-chosen.ts";

/** Flags that replace rules of the config's retention have the rules' names. */
type PruneOptions = CacheRepositoryOptions &
  OptionsOf<typeof deleting> &
  Partial<Omit<Retention, "dirs">>;

/** Deletes what the retention policy does not keep, or shows what would be deleted. */
export async function pruneCaches(options: PruneOptions, io: Io): Promise<number> {
  await using opened = await openCacheRepository(options, io);
  const policy = policyOf(options, opened.config.cache.retention);
  // All records of the logs are read: a branch's cache may be used seldom, and still be needed.
  const { tags, judged } = await opened.survey(longestLog);
  refuseForeign(judged, policy, opened.name);
  const choose = (grace: number): Removals =>
    chooseRemovals(tags, judged, { ...policy, grace }, io.now().getTime());
  const removals = choose(policy.grace);
  const spared = choose(0).chosen.length - removals.chosen.length;
  if (spared > 0) io.err(`note: ${renderSpared(spared, policy.grace)}\n`);
  const { dirs: rules, grace } = policy;
  const dirs = hasDirRules(rules) ? [chooseOldDirs(tags, { ...rules, grace }, io)] : [];
  return await removeChosen(opened, joinRemovals(tags, [removals, ...dirs]), options, io);
}

/**
 * The config's policy, overridden by flags. Directory caches are only in the cache repository, not
 * in the scratch repository. Throws a usage error if no rule deletes anything.
 */
function policyOf(options: PruneOptions, config: Retention): Retention {
  const policy: Retention = {
    orphaned: options.orphaned ?? config.orphaned,
    unused: options.unused ?? config.unused,
    legs: options.legs ?? config.legs,
    maxSize: options.maxSize ?? config.maxSize,
    grace: options.grace ?? config.grace,
    dirs: options.scratch === true ? noDirRules : config.dirs,
  };
  if (hasRules(policy)) return policy;
  throw new UsageError("no retention rule is set, so nothing can be deleted", {
    hint: "add cache: { retention: { orphaned: 7d, unused: 30d } } to the config, or pass --orphaned, --unused, --legs or --max-size",
  });
}

const noDirRules = { olderThan: undefined, keepLast: undefined, maxSize: undefined };

/** If no tag belongs to one of the config's legs, the config is probably the wrong one. */
function refuseForeign(judged: readonly JudgedTag[], policy: Retention, repository: string): void {
  const stored = judged.filter(({ digest }) => digest !== null);
  const orphans = stored.filter(({ state }) => state === "orphaned");
  const isForeign = orphans.length > 0 && stored.every(({ leg }) => leg === null);
  if (policy.orphaned === undefined || !isForeign) return;
  throw new UsageError(
    `no tag in ${repository} belongs to this config, so this might be the wrong config`,
    {
      hint: "check the config, or delete tags by name with `layerkeep cache rm`",
    },
  );
}
