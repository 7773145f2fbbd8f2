import type { Descriptor } from "../../oci/manifest.ts";
import type { StoredCache } from "../content.ts";
import {
  type CacheGraph,
  buildGraph,
  bytesOf,
  identityOf,
  inputsOf,
  resultsOf,
} from "../graph/graph.ts";

/** How two caches differ, from the first to the second. Sizes are in bytes. */
export interface CacheDiff {
  readonly records: { readonly both: number; readonly gone: number; readonly new: number };
  readonly blobs: {
    readonly both: BlobSum;
    readonly gone: BlobSum;
    readonly new: BlobSum;
  };
  /**
   * The points where the second diverges: records missing from the first, which has everything that
   * they follow from. The one nearest to a source comes first.
   */
  readonly parts: readonly Parting[];
}

export interface BlobSum {
  readonly count: number;
  readonly bytes: number;
}

export interface Parting {
  readonly record: string;
  readonly depth: number;
  /** Bytes of its result, with all layers below; null if it has no result. */
  readonly bytes: number | null;
  /** What made it, if the store knows. */
  readonly name: string | null;
}

/** Compares two sound caches: records by their keys and all that they follow from. Pure. */
export function diffCaches(first: StoredCache, second: StoredCache): CacheDiff {
  const identities = new Map<string, number>();
  const [a, b] = [buildGraph(first), buildGraph(second)];
  const [inA, inB] = [identify(a, identities), identify(b, identities)];
  const [before, after] = [new Set(inA), new Set(inB)];
  const both = [...after].filter((id) => before.has(id)).length;
  const isNew = (at: number): boolean => !before.has(inB[at] ?? -1);
  const parting = b.order.filter(
    (at) => isNew(at) && inputsOf(second.config.records[at]).every((input) => !isNew(input)),
  );
  const seen = new Set<number>();
  return {
    records: { both, gone: before.size - both, new: after.size - both },
    blobs: {
      both: sumOf([...second.blobs.values()].filter(({ digest }) => first.blobs.has(digest))),
      gone: sumOf([...first.blobs.values()].filter(({ digest }) => !second.blobs.has(digest))),
      new: sumOf([...second.blobs.values()].filter(({ digest }) => !first.blobs.has(digest))),
    },
    parts: parting
      .filter((at) => {
        const id = inB[at] ?? -1;
        return !seen.has(id) && seen.add(id);
      })
      .map((at) => partingOf(b, second, at))
      .sort((x, y) => x.depth - y.depth),
  };
}

/** Numbers each record, so that keys that follow from different things get different numbers. */
function identify({ order, content }: CacheGraph, known: Map<string, number>): number[] {
  const { records } = content.config;
  const ids = new Array<number>(records.length).fill(-1);
  for (const at of order) {
    const record = records[at];
    if (record === undefined) continue;
    const identity = identityOf(record, ids);
    const id = known.get(identity) ?? known.size;
    known.set(identity, id);
    ids[at] = id;
  }
  return ids;
}

function partingOf({ depth }: CacheGraph, cache: StoredCache, at: number): Parting {
  const record = cache.config.records[at];
  const [result] = record === undefined ? [] : resultsOf(cache, record);
  const top = cache.config.layers[result?.at(-1) ?? -1]?.blob;
  return {
    record: record?.digest ?? "",
    depth: depth[at] ?? 1,
    bytes: result === undefined ? null : bytesOf(cache, result),
    name: (top === undefined ? undefined : cache.steps.get(top)) ?? null,
  };
}

function sumOf(blobs: readonly Descriptor[]): BlobSum {
  return { count: blobs.length, bytes: blobs.reduce((sum, { size }) => sum + size, 0) };
}
