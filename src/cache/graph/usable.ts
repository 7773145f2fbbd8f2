import type { CacheContent } from "../content.ts";
import type { CacheRecord } from "../format/cache-config.ts";
import { LayerStates } from "./layer-states.ts";

/**
 * The content without what engines ignore: layers without a listed blob, results that need one, and
 * broken layers that no result names. Returns the same content if all of it can be used. Pure.
 */
export function withoutUnusable<T extends CacheContent>(content: T): T {
  const { config, blobs } = content;
  const states = new LayerStates(content);
  const places = new Map<number, number>();
  for (const at of config.layers.keys()) {
    if (states.of(at) === "whole") places.set(at, places.size);
  }
  // Chains name their layers one by one, and those need no parents.
  const chained = new Set(
    config.records.flatMap(({ chains }) => chains.flatMap(({ layers }) => layers)),
  );
  const isListed = (at: number): boolean => {
    const blob = config.layers[at]?.blob;
    return blob !== undefined && blobs.has(blob);
  };
  for (const at of chained) {
    if (!places.has(at) && isListed(at)) places.set(at, places.size);
  }
  if (places.size === config.layers.length) return content;
  const layers = [...places.keys()].flatMap((at) => {
    const layer = config.layers[at];
    if (layer === undefined) return [];
    // A layer that only chains name may have a removed parent, or itself as a parent.
    const isWhole = states.of(at) === "whole";
    return [{ ...layer, parent: (isWhole ? places.get(layer.parent) : undefined) ?? -1 }];
  });
  const records = config.records.map((record) => placed(record, places, states));
  return { ...content, config: { ...config, layers, records } };
}

function placed(
  record: CacheRecord,
  places: ReadonlyMap<number, number>,
  states: LayerStates,
): CacheRecord {
  return {
    ...record,
    layers: record.layers.flatMap((result) => {
      const layer = places.get(result.layer);
      const isWhole = states.of(result.layer) === "whole";
      return layer === undefined || !isWhole ? [] : [{ ...result, layer }];
    }),
    chains: record.chains.flatMap((chain) => {
      const layers = chain.layers.flatMap((at) => places.get(at) ?? []);
      return layers.length === chain.layers.length ? [{ ...chain, layers }] : [];
    }),
  };
}
