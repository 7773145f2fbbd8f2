import type { Config } from "../../config/config.ts";
import { digestOf } from "../../oci/digest.ts";
import { cacheOfVariant } from "../../plan/caches/cache-refs.ts";
import { type LegNames, legNames, splitStagedTag, stagedTag } from "../../plan/names.ts";

/** The legs of a config, and which of them a tag of its cache repository belongs to. */
export interface LegTags {
  readonly legs: readonly LegNames[];
  /** Those that have a cache. */
  readonly cached: readonly LegNames[];
  /** The leg that a staged build's tag belongs to. */
  stagedBy(tag: string): LegNames | undefined;
  /** The leg that a log's tag belongs to. */
  loggedBy(tag: string): LegNames | undefined;
  /** The leg that a cache's tag belongs to, on the default branch or another. */
  cachedBy(tag: string): LegNames | undefined;
}

const longestTag = 128;
/** A shortened tag ends with `-` and this many digits of a hash. */
const hashEnd = /-[\da-f]{12}$/;
const anyInput = digestOf(Buffer.from(""));

/** Finds the owners of tags by the names of the config's legs. */
export function legTags({ variants, cache }: Pick<Config, "variants" | "cache">): LegTags {
  const named = variants.flatMap((variant) =>
    variant.platforms.map((platform) => ({
      names: legNames(variant, platform, cache.tag),
      hasCache: cacheOfVariant(cache, variant) !== undefined,
    })),
  );
  const legs = named.map(({ names }) => names);
  const cached = named.flatMap(({ names, hasCache }) => (hasCache ? [names] : []));
  const newest = new Map<string, LegNames>();
  // By what is before the hash: of a long name that is shortened.
  const staged = new Map<string, LegNames>();
  for (const leg of legs) {
    const tag = splitStagedTag(stagedTag(leg.newest, anyInput));
    if (tag !== undefined) staged.set(tag.newest, leg);
    newest.set(leg.newest, leg);
  }
  const logs = new Map(legs.map((leg) => [leg.log, leg]));
  const caches = new Map(cached.map((leg) => [leg.cache, leg]));
  return {
    legs,
    cached,
    stagedBy: (tag) => newest.get(tag) ?? staged.get(splitStagedTag(tag)?.newest ?? ""),
    loggedBy: (tag) => logs.get(tag),
    cachedBy(tag) {
      for (let end = tag.length; end > 0; end = tag.lastIndexOf(".", end - 1)) {
        const leg = caches.get(tag.slice(0, end));
        if (leg !== undefined) return leg;
      }
      // Only the beginning of a shortened name is known: the tag may belong to this leg.
      if (tag.length < longestTag || !hashEnd.test(tag)) return undefined;
      const start = tag.replace(hashEnd, "");
      return cached.find(
        ({ cache: name }) => start.startsWith(`${name}.`) || `${name}.`.startsWith(start),
      );
    },
  };
}
