import { createdAtAnnotation, type StoredCache } from "../content.ts";
import { bytesOf, inputsOf, resultsOf } from "../graph/graph.ts";

/** The graph in Graphviz's language: records as boxes, those with a result filled. */
export function renderDot(cache: StoredCache): string {
  const { records } = cache.config;
  const lines = records.flatMap((record, at) => {
    const [result] = resultsOf(cache, record);
    const label = `${short(record.digest)}${result === undefined ? "" : `\\n${bytesOf(cache, result)} B`}`;
    const filled = result === undefined ? "" : ", style=filled";
    const links = inputsOf(record).map((input) => `  r${input} -> r${at};`);
    return [`  r${at} [label="${label}"${filled}];`, ...links];
  });
  return ["digraph cache {", "  node [shape=box];", ...lines, "}", ""].join("\n");
}

/**
 * The layers as a tree in text, each with its size, creation time and origin, as far as the cache
 * knows: a step's name, or the keys of the records that end there. The cache must be sound. Pure.
 */
export function renderTree(cache: StoredCache): string {
  const { layers } = cache.config;
  const above = new Map<number, number[]>();
  for (const [at, { parent }] of layers.entries()) {
    above.set(parent, [...(above.get(parent) ?? []), at]);
  }
  const keys = new Map<number, string[]>();
  for (const record of cache.config.records) {
    for (const result of resultsOf(cache, record)) {
      const top = result.at(-1) ?? -1;
      keys.set(top, [...(keys.get(top) ?? []), short(record.digest)]);
    }
  }
  const lines: string[] = [];
  const drawn = new Set<number>();
  // Not recursive: a chain may be as deep as the cache is long.
  const waiting = (above.get(-1) ?? []).map((at) => ({ at, depth: 0 })).reverse();
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { at, depth } = next;
    drawn.add(at);
    lines.push(`${"  ".repeat(depth)}${describeLayer(cache, at, keys.get(at) ?? [])}`);
    // A layer that is the only child of another is drawn below it at the same depth. Otherwise
    // every step would move right.
    const children = above.get(at) ?? [];
    const inner = depth + (children.length > 1 ? 1 : 0);
    waiting.push(...children.map((child) => ({ at: child, depth: inner })).reverse());
  }
  // Layers in a cycle, which no record uses, have no root.
  for (const at of layers.keys()) {
    if (!drawn.has(at)) lines.push(describeLayer(cache, at, keys.get(at) ?? []));
  }
  return `${lines.join("\n")}\n`;
}

function describeLayer(cache: StoredCache, at: number, keys: readonly string[]): string {
  const blob = cache.config.layers[at]?.blob;
  const made = blob && cache.blobs.get(blob)?.annotations?.[createdAtAnnotation];
  const step = blob && cache.steps.get(blob);
  const [first, ...others] = keys;
  const key =
    first === undefined
      ? "a layer below a result"
      : `key ${first}${others.length === 0 ? "" : ` and ${others.length} more`}`;
  return [`${bytesOf(cache, [at])} B`, made ?? "", step ?? key]
    .filter((it) => it !== "")
    .join("  ");
}

function short(digest: string): string {
  return digest
    .replace(/^sha256:/, "")
    .replace(/["\\]/g, "?")
    .slice(0, 12);
}
