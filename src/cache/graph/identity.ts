import type { CacheRecord } from "../format/cache-config.ts";

/**
 * What a record is, besides its results: its key and what it follows from, `ids` being numbers
 * that are the same for the same record wherever it is. Which of several links stands for an
 * input, and in which order they do, is of no account.
 */
export function identityOf({ digest, inputs }: CacheRecord, ids: readonly number[]): string {
  const links = inputs.map((input) =>
    [...new Set(input.map(({ selector = "", link }) => `${ids[link] ?? -1} ${selector}`))].sort(),
  );
  return JSON.stringify([digest, links]);
}
