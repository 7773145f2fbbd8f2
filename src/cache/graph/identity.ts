import type { CacheRecord } from "../format/cache-config.ts";

/**
 * What identifies a record, apart from its results: its key and what it follows from. `ids` are
 * numbers that are the same for the same record in any cache. The links of an input count as a set.
 */
export function identityOf({ digest, inputs }: CacheRecord, ids: readonly number[]): string {
  const links = inputs.map((input) =>
    [...new Set(input.map(({ selector = "", link }) => `${ids[link] ?? -1} ${selector}`))].sort(),
  );
  return JSON.stringify([digest, links]);
}
