import { resolve } from "node:path";
import { formatCsvField } from "../../../csv.ts";
import { UsageError } from "../../../errors.ts";
import { cacheName, cacheOfVariant } from "../../../plan/caches/cache-refs.ts";
import type { LegNames } from "../../../plan/names.ts";
import type { CacheRepository } from "./cache-repository.ts";

/**
 * A leg's cache on a branch (undefined: the default branch), in BuildKit's words: the attributes to
 * write or to read it with. Throws a usage error if the leg has no cache, or one that cannot be
 * copied.
 */
export function cacheOfLeg(
  leg: LegNames,
  branch: string | undefined,
  side: "dest" | "src",
  { config, repository, defaultBranch }: CacheRepository,
): string {
  const variant = config.variants.find(({ name }) => name === leg.variant);
  const cache = variant && cacheOfVariant(config.cache, variant);
  if (cache === undefined) {
    throw new UsageError(`${leg.id} has no cache: its variant sets cache: false`, {
      hint: "choose another leg, or remove that setting from the config",
    });
  }
  const name = cacheName(leg.cache, branch, { defaultBranch });
  const { type, exportOptions } = cache;
  if (type === "registry") {
    const isIndex = side === "dest" && exportOptions["image-manifest"] === "false";
    const form = isIndex ? ",image-manifest=false" : "";
    return `type=registry,ref=${repository.host}/${repository.path}:${name}${form}`;
  }
  if (type === "gha") return `type=gha,scope=${name}`;
  if (type === "local") {
    const folder = resolve(config.root, exportOptions["dest"] ?? "", name);
    return `type=local,${formatCsvField(`${side}=${folder}`)}`;
  }
  throw new UsageError(`cannot read or write caches of type ${type} by a leg's name`, {
    hint: "use cache type registry, local or gha",
  });
}
