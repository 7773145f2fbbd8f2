import type { Digest } from "../../oci/digest.ts";
import { type CacheContent, createdAtAnnotation } from "../content.ts";
import { type CacheRecord, importLimit } from "../format/cache-config.ts";
import { withOneEnd } from "../format/one-end.ts";
import { usedBlobs } from "../format/form-cache.ts";
import { writeCacheConfig } from "../format/write-cache-config.ts";
import { buildGraph, inputsOf, resultsOf } from "../graph/graph.ts";
import { mergeCaches } from "../graph/merge.ts";

export interface TrimLimits {
  /** Of the blobs, each counted once. Bytes; undefined for no limit. */
  readonly blobs?: number | undefined;
  /** Of the config, and of the manifest. Bytes; BuildKit's limit by default. */
  readonly config?: number | undefined;
}

export interface Trimmed {
  readonly content: CacheContent;
  readonly records: { readonly before: number; readonly after: number };
  /** Bytes, each blob counted once. */
  readonly blobs: { readonly before: number; readonly after: number };
}

/** The most that a manifest has besides its blobs. Bytes. */
const manifestFrame = 500;

/**
 * Removes a cache's oldest ends until it is within the limits. Of the records that no other follows
 * from, the oldest is removed first, so every remaining path still leads to the same results. The
 * cache must be sound. Pure.
 */
export function trimCache(content: CacheContent, limits: TrimLimits): Trimmed {
  const order = dropOrder(content);
  const after = (dropped: number): CacheContent => without(content, new Set(order.slice(dropped)));
  // Removing more records always leaves a smaller cache, so a binary search finds the fewest to
  // remove.
  let [enough, tooFew] = [0, -1];
  let trimmed = after(0);
  if (exceeds(trimmed, limits)) {
    [tooFew, enough] = [0, order.length];
    trimmed = after(enough);
  }
  while (enough - tooFew > 1) {
    const middle = (tooFew + enough) >> 1;
    const tried = after(middle);
    if (exceeds(tried, limits)) tooFew = middle;
    else [enough, trimmed] = [middle, tried];
  }
  return trimmedFrom(content, trimmed);
}

/**
 * Removes the records that appear in none of `usedBy`, the caches of the builds to keep: a build
 * exports what it used. Records are compared by key alone, which rather keeps one too many than
 * loses one. A record with no path left to it is removed. All caches must be sound. Pure.
 */
export function keepUsed(content: CacheContent, usedBy: readonly CacheContent[]): Trimmed {
  const keys = new Set(usedBy.flatMap(({ config }) => config.records.map(({ digest }) => digest)));
  const kept = new Set<number>();
  for (const at of buildGraph(content).order) {
    const record = content.config.records[at];
    const isReached = record?.inputs.every((links) => links.some(({ link }) => kept.has(link)));
    if (record !== undefined && keys.has(record.digest) && isReached === true) kept.add(at);
  }
  return trimmedFrom(content, without(content, kept));
}

function trimmedFrom(before: CacheContent, after: CacheContent): Trimmed {
  return {
    content: after,
    records: { before: before.config.records.length, after: after.config.records.length },
    blobs: { before: blobBytes(before), after: blobBytes(after) },
  };
}

/**
 * All records in the order in which they can be removed: the oldest of those that no remaining
 * record follows from.
 */
function dropOrder(content: CacheContent): readonly number[] {
  const { records } = content.config;
  const left = buildGraph(content).users.map(({ length }) => length);
  const ends = new Ends(records.map((record) => ageOf(content, record)));
  for (const [at, users] of left.entries()) if (users === 0) ends.add(at);
  const order: number[] = [];
  for (let oldest = ends.take(); oldest !== undefined; oldest = ends.take()) {
    order.push(oldest);
    for (const input of inputsOf(records[oldest])) {
      const users = (left[input] ?? 0) - 1;
      left[input] = users;
      if (users === 0) ends.add(input);
    }
  }
  return order;
}

/** A cache of only these records and what they need. They must follow only from each other. */
function without({ config, blobs }: CacheContent, kept: ReadonlySet<number>): CacheContent {
  const places = new Map([...kept].sort((a, b) => a - b).map((at, place) => [at, place]));
  const records = [...places.keys()].flatMap((at): CacheRecord[] => {
    const record = config.records[at];
    if (record === undefined) return [];
    const inputs = record.inputs.map((links) =>
      links.flatMap((link) => {
        const place = places.get(link.link);
        return place === undefined ? [] : [{ ...link, link: place }];
      }),
    );
    return [{ ...record, inputs }];
  });
  // Merging a single cache drops the layers that no result names.
  const trimmed = mergeCaches([{ config: { ...config, records }, blobs }]);
  const used = new Set<Digest>(trimmed.config.layers.map(({ blob }) => blob));
  return { ...trimmed, blobs: new Map([...trimmed.blobs].filter(([digest]) => used.has(digest))) };
}

function exceeds(content: CacheContent, { blobs, config = importLimit }: TrimLimits): boolean {
  return (
    (blobs !== undefined && blobBytes(content) > blobs) ||
    JSON.stringify(usedBlobs(content)).length + manifestFrame > config ||
    writeCacheConfig(withOneEnd(content.config)).length > config
  );
}

function blobBytes(content: CacheContent): number {
  return usedBlobs(content).reduce((sum, { size }) => sum + size, 0);
}

/** When a record's newest result was created; a key without a result is useless as an end. */
function ageOf(content: CacheContent, record: CacheRecord): number {
  const said = [...record.layers, ...record.chains].map(({ createdAt = "" }) => createdAt);
  const made = resultsOf(content, record).map((layers) => {
    const blob = content.config.layers[layers.at(-1) ?? -1]?.blob;
    return (blob && content.blobs.get(blob)?.annotations?.[createdAtAnnotation]) ?? "";
  });
  const times = [...said, ...made].map((time) => Date.parse(time)).filter(Number.isFinite);
  return Math.max(-Infinity, ...times);
}

/** A heap of records, the oldest on top. */
class Ends {
  readonly #ages: readonly number[];
  readonly #heap: number[] = [];

  constructor(ages: readonly number[]) {
    this.#ages = ages;
  }

  add(record: number): void {
    let at = this.#heap.push(record) - 1;
    for (let above = (at - 1) >> 1; at > 0 && this.#older(at, above); above = (at - 1) >> 1) {
      this.#swap(at, above);
      at = above;
    }
  }

  take(): number | undefined {
    const [oldest] = this.#heap;
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return oldest;
    this.#heap[0] = last;
    for (let at = 0; ; ) {
      const below = [2 * at + 1, 2 * at + 2].filter((child) => child < this.#heap.length);
      const [left, right] = below;
      const next = right !== undefined && this.#older(right, left ?? 0) ? right : left;
      if (next === undefined || !this.#older(next, at)) return oldest;
      this.#swap(at, next);
      at = next;
    }
  }

  #older(a: number, b: number): boolean {
    return (this.#ages[this.#heap[a] ?? -1] ?? 0) < (this.#ages[this.#heap[b] ?? -1] ?? 0);
  }

  #swap(a: number, b: number): void {
    [this.#heap[a], this.#heap[b]] = [this.#heap[b] ?? -1, this.#heap[a] ?? -1];
  }
}
