import { join } from "node:path";
import { copyCache } from "../../../cache/use/copy.ts";
import { UsageError } from "../../../errors.ts";
import { harmless, harmlessJson } from "../../../harmless.ts";
import { suggest } from "../../../nearest.ts";
import { cacheName } from "../../../plan/cache-refs.ts";
import { renderCopy } from "../../../report/caches/cache-report.ts";
import { type CacheRepository, openCacheRepository } from "../../caches/cache-repository.ts";
import { openWriting } from "../../caches/cache-stores.ts";
import type { GlobalOptions, Io } from "../../io.ts";

export interface CacheWarmOptions extends GlobalOptions {
  /** A leg, or a cache in BuildKit's words. */
  readonly from: string;
  readonly branch?: string;
  readonly fromBranch?: string;
  readonly force?: boolean;
}

/** Gives a leg the cache that another has, or that is anywhere else. */
export async function runCacheWarm(
  leg: string,
  options: CacheWarmOptions,
  io: Io,
): Promise<number> {
  await using opened = await openCacheRepository(options, io);
  const target = cacheOf(leg, options.branch, "dest", opened);
  if (target === undefined) {
    throw new UsageError(`the config has no leg "${leg}"`, {
      hint: suggest(
        leg,
        opened.legs.legs.map(({ id }) => id),
      ),
    });
  }
  const source = cacheOf(options.from, options.fromBranch, "src", opened) ?? options.from;
  opened.refuseUntrusted("write");
  await using stores = await openWriting([source], target, { ...options, trusted: true }, io);
  const [from] = stores.sources;
  if (from === undefined) throw new UsageError("no cache is named");
  if (options.force !== true && (await stores.target.read({ signal: io.signal })) !== undefined) {
    throw new UsageError(`${leg} has a cache already: ${target}`, {
      hint: "--force writes over it; `layerkeep cache merge` makes one of two",
    });
  }
  const copy = await copyCache(from, stores.target, { force: options.force, signal: io.signal });
  if (options.json) io.out(`${harmlessJson(copy, 2)}\n`);
  else io.out(`${harmless(renderCopy(copy))}\n`);
  return 0;
}

/** A leg's cache as it is named to be written, or to be read. Undefined where there is no such leg. */
function cacheOf(
  leg: string,
  branch: string | undefined,
  side: "dest" | "src",
  { legs, config, repository, defaultBranch }: CacheRepository,
): string | undefined {
  const found = legs.legs.find(({ id }) => id === leg);
  if (found === undefined) return undefined;
  const name = cacheName(found.cache, branch, { defaultBranch });
  const { type, exportOptions } = config.cache;
  if (type === "registry") {
    const isIndex = side === "dest" && exportOptions["image-manifest"] === "false";
    const form = isIndex ? ",image-manifest=false" : "";
    return `type=registry,ref=${repository.host}/${repository.path}:${name}${form}`;
  }
  if (type === "gha") return `type=gha,scope=${name}`;
  if (type === "local") return `type=local,${side}=${join(exportOptions["dest"] ?? "", name)}`;
  throw new UsageError(`caches of type ${type} cannot be copied`, {
    hint: "those of type registry, local and gha can",
  });
}
