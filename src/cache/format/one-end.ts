import { digestOf } from "../../oci/digest.ts";
import type { StoredCache } from "../content.ts";
import type { CacheConfigV0 } from "./cache-config.ts";

/** The key of the record that ties ends together. No build has this key. */
const tie = digestOf(Buffer.from("layerkeep: what several ends of a cache lead to"));

/**
 * The config with a final record that follows from every end, if there are several. Engines read a
 * cache from each of its ends. They randomly forget what they met on the way from an earlier one,
 * and then rebuild steps that are in the cache (moby/buildkit#7053; measured with the engine of
 * Docker 28.5). From a single end they find everything. The record has no result, and no build has
 * its key. Pure.
 */
export function withOneEnd(config: CacheConfigV0): CacheConfigV0 {
  const used = new Set(
    config.records.flatMap(({ inputs }) => inputs.flat().map(({ link }) => link)),
  );
  const ends = [...config.records.keys()].filter((at) => !used.has(at));
  if (ends.length < 2) return config;
  const inputs = [ends.map((link) => ({ link }))];
  return {
    ...config,
    records: [...config.records, { digest: tie, layers: [], chains: [], inputs }],
  };
}

/** The config without the record that `withOneEnd` added, and whether there was one. Pure. */
export function untie(config: CacheConfigV0): Pick<StoredCache, "config" | "tied"> {
  if (config.records.at(-1)?.digest !== tie) return { config };
  return { config: { ...config, records: config.records.slice(0, -1) }, tied: true };
}
