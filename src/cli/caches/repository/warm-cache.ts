import { join } from "node:path";
import { writeShown } from "../write-made.ts";
import { UsageError } from "../../../errors.ts";
import { suggest } from "../../../nearest.ts";
import { cacheName, cacheOfVariant } from "../../../plan/cache-refs.ts";
import { renderCopy } from "../../../report/caches/cache-report.ts";
import {
  type CacheRepository,
  type CacheRepositoryOptions,
  openCacheRepository,
} from "./cache-repository.ts";
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
        opened.legs.legs.map(({ id }) => id),
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

/** The attributes to write or read a leg's cache with. Undefined if there is no such leg. */
function cacheOf(
  { leg, branch }: LegCache,
  side: "dest" | "src",
  { legs, config, repository, defaultBranch }: CacheRepository,
): string | undefined {
  const found = legs.legs.find(({ id }) => id === leg);
  if (found === undefined) return undefined;
  const variant = config.variants.find((one) => leg.startsWith(`${one.name}/`));
  const cache = variant && cacheOfVariant(config.cache, variant);
  if (cache === undefined) {
    throw new UsageError(`${leg} has no cache: its variant sets cache: false`, {
      hint: "choose another leg, or remove that setting from the config",
    });
  }
  const name = cacheName(found.cache, branch, { defaultBranch });
  const { type, exportOptions } = cache;
  if (type === "registry") {
    const isIndex = side === "dest" && exportOptions["image-manifest"] === "false";
    const form = isIndex ? ",image-manifest=false" : "";
    return `type=registry,ref=${repository.host}/${repository.path}:${name}${form}`;
  }
  if (type === "gha") return `type=gha,scope=${name}`;
  if (type === "local") return `type=local,${side}=${join(exportOptions["dest"] ?? "", name)}`;
  throw new UsageError(`cannot copy caches of type ${type}`, {
    hint: "use cache type registry, local or gha",
  });
}
