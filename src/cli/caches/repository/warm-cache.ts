import { writeShown } from "../write-made.ts";
import { count } from "../../../count.ts";
import { UsageError } from "../../../errors.ts";
import { suggest } from "../../../nearest.ts";
import { compileNames } from "../../../plan/select/select-legs.ts";
import { renderCopy } from "../../../report/caches/cache-report.ts";
import {
  type CacheRepository,
  type CacheRepositoryOptions,
  openCacheRepository,
} from "./cache-repository.ts";
import { cacheOfLeg } from "./leg-cache.ts";
import { openWriting } from "../cache-stores.ts";
import type { Io } from "../../io.ts";
import { show } from "../../show/show-result.ts";

/** A leg's cache on a branch; undefined: on the default branch. */
interface LegCache {
  readonly leg: string;
  readonly branch: string | undefined;
}

export interface Warming {
  /** Its `leg` may also be any cache, in BuildKit's words. */
  readonly source: LegCache;
  readonly target: LegCache;
  /** Overwrites the cache that the target has. */
  readonly force: boolean | undefined;
}

/** Gives a leg the cache of another leg, or any other cache. */
export async function warmCache(
  { source, target, force }: Warming,
  options: CacheRepositoryOptions,
  io: Io,
): Promise<void> {
  await using opened = await openCacheRepository(options, io, "write");
  const to = cacheOf(target, "dest", opened);
  if (to === undefined) {
    throw new UsageError(`the config has no leg "${target.leg}"`, {
      hint: suggest(
        target.leg,
        opened.legs.legs.flatMap(({ id, variant }) => [variant, id]),
      ),
    });
  }
  const from = cacheOf(source, "src", opened) ?? source.leg;
  opened.refuseUntrusted("write");
  await using stores = await openWriting([from], to, { ...options, trusted: true }, io);
  if (force !== true && (await stores.target.read({ signal: io.signal })) !== undefined) {
    throw new UsageError(`${target.leg} already has a cache: ${to}`, {
      hint: "pass --force to overwrite it, or combine both caches with `layerkeep cache merge`",
    });
  }
  const copy = await writeShown(stores, ([cache]) => cache, force, io);
  show(io, options, copy, renderCopy);
}

/** Undefined if there is no such leg. */
function cacheOf(
  { leg, branch }: LegCache,
  side: "dest" | "src",
  opened: CacheRepository,
): string | undefined {
  const named = opened.legs.legs.filter(compileNames([leg]));
  const [found, ...others] = named;
  if (found === undefined) return undefined;
  if (others.length === 0) return cacheOfLeg(found, branch, side, opened);
  throw new UsageError(`"${leg}" matches the caches of ${count(named.length, "leg")}`, {
    hint: `choose one, such as ${found.id}`,
  });
}
