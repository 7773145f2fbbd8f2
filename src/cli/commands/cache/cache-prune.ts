import type { Retention } from "../../../config/config.ts";
import { UsageError } from "../../../errors.ts";
import { longestLog } from "../../../pipeline/records/build-log.ts";
import { formatRepository } from "../../../oci/reference.ts";
import { chooseRemovals } from "../../../pipeline/caches/choose-removals.ts";
import type { JudgedTag } from "../../../pipeline/caches/judge-tags.ts";
import { type CacheRepositoryOptions, openCacheRepository } from "../../caches/cache-repository.ts";
import type { Io } from "../../io.ts";
import { removeChosen } from "../../caches/remove-chosen.ts";

export interface CachePruneOptions extends CacheRepositoryOptions {
  readonly yes?: boolean;
  readonly orphaned?: number;
  readonly unused?: number;
  readonly legs?: number;
  readonly maxSize?: number;
  readonly grace?: number;
}

/** Deletes what the policy says, or says what would be deleted. */
export async function runCachePrune(options: CachePruneOptions, io: Io): Promise<number> {
  await using opened = await openCacheRepository(options, io);
  const policy = policyOf(options, opened.config.cache.retention);
  // Of all that the logs hold: a branch's cache may be used seldom, and needed still.
  const { tags, judged } = await opened.survey(longestLog);
  refuseForeign(judged, policy, formatRepository(opened.repository));
  const removals = chooseRemovals(tags, judged, policy, io.now().getTime());
  return await removeChosen(opened, removals, options, io);
}

/** The config's, with what flags say instead. Throws a usage error where nothing may go. */
function policyOf(options: CachePruneOptions, config: Retention): Retention {
  const policy: Retention = {
    orphaned: options.orphaned ?? config.orphaned,
    unused: options.unused ?? config.unused,
    legs: options.legs ?? config.legs,
    maxSize: options.maxSize ?? config.maxSize,
    grace: options.grace ?? config.grace,
  };
  const rules = [policy.orphaned, policy.unused, policy.legs, policy.maxSize];
  if (rules.every((rule) => rule === undefined)) {
    throw new UsageError("nothing says what may go", {
      hint: "add cache: { retention: { orphaned: 7d, unused: 30d } } to the config, or give --orphaned, --unused, --legs or --max-size",
    });
  }
  return policy;
}

/** Where nothing is of the config's legs, it is more likely the wrong config than all orphans. */
function refuseForeign(judged: readonly JudgedTag[], policy: Retention, repository: string): void {
  const standing = judged.filter(({ digest }) => digest !== null);
  const orphans = standing.filter(({ state }) => state === "orphaned");
  const isForeign = orphans.length > 0 && standing.every(({ leg }) => leg === null);
  if (policy.orphaned === undefined || !isForeign) return;
  throw new UsageError(
    `nothing in ${repository} is of a leg of this config, so it may be another's`,
    {
      hint: "see whether it is the right config; `layerkeep cache rm` deletes what is named",
    },
  );
}
