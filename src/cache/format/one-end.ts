import { digestOf } from "../../oci/digest.ts";
import type { StoredCache } from "../content.ts";
import type { CacheConfigV0 } from "./cache-config.ts";

/** The key of a record that ties ends together. No build has it. */
const tie = digestOf(Buffer.from("layerkeep: what several ends of a cache lead to"));

/**
 * The config with a last record that follows from any of its ends, if it has several. Engines read a
 * cache from each of its ends; what they met on the way from an earlier one they forget at random,
 * and then steps are built again that are in the cache (moby/buildkit#7053; measured with the
 * engine of Docker 28.5). From a single end they find all. The record has no result, and its key is
 * nobody's. Pure.
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

/** The config without the record that `withOneEnd` added to it, and whether there was one. Pure. */
export function untie(config: CacheConfigV0): Pick<StoredCache, "config" | "tied"> {
  if (config.records.at(-1)?.digest !== tie) return { config };
  return { config: { ...config, records: config.records.slice(0, -1) }, tied: true };
}
