import type { Digest } from "../../oci/digest.ts";
import type { CacheContent } from "../content.ts";
import type { CacheRecord } from "../format/cache-config.ts";

/**
 * A cache as a graph, by the positions in its config. Other code reads this instead of the config's
 * numbers. Only for sound content.
 */
export interface CacheGraph {
  readonly content: CacheContent;
  /** Records, each after all that it follows from. */
  readonly order: readonly number[];
  /** For each record, the records that follow from it, each once. */
  readonly users: readonly (readonly number[])[];
  /** For each record, the length of the longest path to it, in records, itself included. */
  readonly depth: readonly number[];
}

export function buildGraph(content: CacheContent): CacheGraph {
  const { records } = content.config;
  const users = usersOf(records);
  const order = orderOf(records, users);
  const depth = new Array<number>(records.length).fill(1);
  for (const at of order) {
    const below = depth[at] ?? 1;
    for (const user of users[at] ?? []) depth[user] = Math.max(depth[user] ?? 1, below + 1);
  }
  return { content, order, users, depth };
}

/** The results of a record, each as the positions of its layers, the lowest first. */
export function resultsOf(
  { config }: CacheContent,
  record: CacheRecord,
): readonly (readonly number[])[] {
  return [
    ...record.layers.map(({ layer }) => withParents(config, layer)),
    ...record.chains.map(({ layers }) => layers),
  ];
}

/**
 * A layer with all its parents, the lowest first. A layer in a cycle stands alone: only a chain may
 * name it, and a chain needs no parents.
 */
export function withParents({ layers }: CacheContent["config"], layer: number): number[] {
  const chain = new Set<number>();
  for (let at = layer; at >= 0; at = layers[at]?.parent ?? -1) {
    if (chain.has(at)) return [layer];
    chain.add(at);
  }
  return [...chain].reverse();
}

/** Bytes of blobs, each counted once. */
export function bytesOf({ config, blobs }: CacheContent, layers: Iterable<number>): number {
  const digests = new Set<Digest>();
  for (const layer of layers) {
    const blob = config.layers[layer]?.blob;
    if (blob !== undefined) digests.add(blob);
  }
  return [...digests].reduce((sum, digest) => sum + (blobs.get(digest)?.size ?? 0), 0);
}

/** The records that a record directly follows from, each once. */
export function inputsOf(record: CacheRecord | undefined): readonly number[] {
  return [...new Set((record?.inputs ?? []).flatMap((links) => links.map(({ link }) => link)))];
}

function usersOf(records: readonly CacheRecord[]): number[][] {
  const users = records.map((): number[] => []);
  for (const [at, record] of records.entries()) {
    for (const input of inputsOf(record)) users[input]?.push(at);
  }
  return users;
}

function orderOf(records: readonly CacheRecord[], users: readonly (readonly number[])[]): number[] {
  const waiting = records.map((record) => inputsOf(record).length);
  const order = [...records.keys()].filter((at) => waiting[at] === 0);
  for (let next = 0; next < order.length; next++) {
    for (const user of users[order[next] ?? -1] ?? []) {
      const left = (waiting[user] ?? 0) - 1;
      waiting[user] = left;
      if (left === 0) order.push(user);
    }
  }
  return order;
}

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
