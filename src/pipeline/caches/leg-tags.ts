import type { Config } from "../../config/config.ts";
import { digestOf } from "../../oci/digest.ts";
import { type LegNames, legNames, stagedTag } from "../../plan/names.ts";

/** The legs that a config has, and whose a tag of its cache repository is. */
export interface LegTags {
  readonly legs: readonly LegNames[];
  /** The leg whose staged build a tag is. */
  stagedBy(tag: string): LegNames | undefined;
  /** The leg whose log a tag is. */
  loggedBy(tag: string): LegNames | undefined;
  /** The leg whose cache a tag is, on the default branch or another. */
  cachedBy(tag: string): LegNames | undefined;
}

const hexDigits = 40;
const longestTag = 128;
/** A tag that was too long ends with `-` and so many digits of a hash. */
const hashEnd = /-[\da-f]{12}$/;
const anyInput = digestOf(Buffer.from(""));

/** Reads tags by the names that the config's legs have. */
export function legTags({ variants, cache }: Pick<Config, "variants" | "cache">): LegTags {
  const legs = variants.flatMap((variant) =>
    variant.platforms.map((platform) => legNames(variant, platform, cache.tag)),
  );
  const staged = new Map<string, LegNames>();
  for (const leg of legs) {
    const tag = stagedTag(leg.newest, anyInput);
    staged.set(tag.slice(0, tag.length - hexDigits), leg);
    staged.set(leg.newest, leg);
  }
  const logs = new Map(legs.map((leg) => [leg.log, leg]));
  const caches = new Map(legs.map((leg) => [leg.cache, leg]));
  return {
    legs,
    stagedBy: (tag) => {
      const isHex = /^[\da-f]{40}$/.test(tag.slice(-hexDigits));
      return staged.get(tag) ?? (isHex ? staged.get(tag.slice(0, -hexDigits)) : undefined);
    },
    loggedBy: (tag) => logs.get(tag),
    cachedBy(tag) {
      for (let end = tag.length; end > 0; end = tag.lastIndexOf(".", end - 1)) {
        const leg = caches.get(tag.slice(0, end));
        if (leg !== undefined) return leg;
      }
      // Of a name that was too long only the beginning is there: it is whose it may be.
      if (tag.length < longestTag || !hashEnd.test(tag)) return undefined;
      const start = tag.replace(hashEnd, "");
      return legs.find(
        ({ cache: name }) => start.startsWith(`${name}.`) || `${name}.`.startsWith(start),
      );
    },
  };
}
