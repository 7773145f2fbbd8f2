import type { Digest } from "../../oci/digest.ts";
import { type CacheForm, createdAtAnnotation, type StoredCache } from "../content.ts";
import { buildGraph, bytesOf, type CacheGraph, inputsOf, resultsOf } from "../graph/graph.ts";
import { type CacheProblem, sizesOf } from "./verify.ts";

/** What is in a cache. Sizes are in bytes, each blob counted once. */
export interface Inspection {
  readonly form: CacheForm;
  /** The digest that leads to the cache. */
  readonly digest: Digest;
  readonly size: { readonly manifest: number; readonly config: number; readonly blobs: number };
  readonly records: number;
  /** Records that have a result; the others only lead to them. */
  readonly results: number;
  readonly layers: number;
  readonly blobs: number;
  /** The length of the longest path from a source to a result, in records. */
  readonly depth: number;
  /**
   * Records that no other follows from; 1 if they are tied together. Engines may randomly lose
   * steps of a cache with several: see `withOneEnd`.
   */
  readonly ends: number;
  /** RFC 3339; null if no layer has a creation time. */
  readonly oldest: string | null;
  readonly newest: string | null;
  /** Bytes by the blobs' media type. */
  readonly mediaTypes: Readonly<Record<string, number>>;
  /** Steps by what they added, the biggest first. */
  readonly steps: readonly CachedStep[];
  /** What keeps an engine from importing it. */
  readonly problems: readonly CacheProblem[];
}

/** What one step added to its inputs. */
export interface CachedStep {
  /** Its cache key; a step may have several. */
  readonly record: string;
  /** Further keys that lead to the same layers. */
  readonly otherKeys: number;
  /** What made it, if that is known: by an image's history, or by the builds of a leg. */
  readonly name: string | null;
  /** The line that it comes from, such as `server/Dockerfile:12`; null if that is not known. */
  readonly place: string | null;
  readonly depth: number;
  readonly bytes: number;
  readonly blobs: readonly Digest[];
  /** RFC 3339. */
  readonly createdAt: string | null;
}

/** Describes a cache, which must be sound: see `requireSound`. Pure. */
export function inspectCache(cache: StoredCache): Inspection {
  const graph = buildGraph(cache);
  const { config, blobs } = cache;
  const times = [...blobs.values()]
    .flatMap(({ annotations }) => annotations?.[createdAtAnnotation] ?? [])
    .sort((a, b) => Date.parse(a) - Date.parse(b));
  const mediaTypes: Record<string, number> = {};
  for (const { mediaType, size } of blobs.values()) {
    mediaTypes[mediaType] = (mediaTypes[mediaType] ?? 0) + size;
  }
  return {
    form: cache.form,
    digest: cache.manifest.digest,
    size: {
      manifest: cache.manifest.size,
      config: cache.configDescriptor.size,
      blobs: bytesOf(cache, config.layers.keys()),
    },
    records: config.records.length,
    results: config.records.filter((it) => it.layers.length + it.chains.length > 0).length,
    layers: config.layers.length,
    blobs: blobs.size,
    depth: graph.depth.reduce((most, depth) => Math.max(most, depth), 0),
    ends: cache.tied === true ? 1 : graph.users.filter(({ length }) => length === 0).length,
    oldest: times[0] ?? null,
    newest: times.at(-1) ?? null,
    mediaTypes,
    steps: stepsOf(graph, cache),
    problems: sizesOf(cache),
  };
}

function stepsOf({ order, depth }: CacheGraph, cache: StoredCache): readonly CachedStep[] {
  const { records, layers } = cache.config;
  const below = new Array<readonly number[]>(records.length).fill([]);
  const steps = new Map<string, CachedStep>();
  for (const at of order) {
    const record = records[at];
    if (record === undefined) continue;
    const begun = new Set(inputsOf(record).flatMap((input) => below[input] ?? []));
    const [result] = resultsOf(cache, record);
    // A key without a result of its own passes on what it follows from.
    below[at] = result ?? [...begun];
    if (result === undefined) continue;
    const own = result.filter((layer) => !begun.has(layer));
    const digests = [...new Set(own.flatMap((layer) => layers[layer]?.blob ?? []))];
    if (digests.length === 0) continue;
    const key = digests.join();
    const known = steps.get(key);
    if (known !== undefined) {
      steps.set(key, { ...known, otherKeys: known.otherKeys + 1 });
      continue;
    }
    const top = digests.at(-1);
    steps.set(key, {
      record: record.digest,
      otherKeys: 0,
      name: (top === undefined ? undefined : cache.steps.get(top)) ?? null,
      place: null,
      depth: depth[at] ?? 1,
      bytes: bytesOf(cache, own),
      blobs: digests,
      createdAt: (top && cache.blobs.get(top)?.annotations?.[createdAtAnnotation]) ?? null,
    });
  }
  return [...steps.values()].sort((a, b) => b.bytes - a.bytes);
}
