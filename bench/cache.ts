import { createHash } from "node:crypto";
import type { StoredCache } from "../src/cache/content.ts";
import { parseCacheConfig } from "../src/cache/format/parse-cache-config.ts";
import { requireSound } from "../src/cache/graph/faults.ts";
import { diffCaches } from "../src/cache/use/diff.ts";
import { inspectCache } from "../src/cache/use/inspect.ts";
import { type Digest, digestOf } from "../src/oci/digest.ts";
import { median } from "./bed.ts";

/** What looking into a large cache takes, once it has been read. */
export interface CacheFigure {
  readonly records: number;
  /** Of the config. */
  readonly bytes: number;
  /** Medians, in milliseconds. */
  readonly parse: number;
  readonly inspect: number;
  readonly diff: number;
  /** What the process's peak grew by, in bytes. */
  readonly memory: number;
}

const rounds = 5;
const records = 20_000;
const layers = 2_000;
const depth = 60;

/** A config of 20,000 records, 60 deep: several times what BuildKit would import. */
export function benchCache(): CacheFigure {
  const text = Buffer.from(JSON.stringify(largeConfig()));
  const before = process.resourceUsage().maxRSS;
  const times: Record<"parse" | "inspect" | "diff", number[]> = {
    parse: [],
    inspect: [],
    diff: [],
  };
  for (let round = 0; round < rounds; round++) {
    const config = timed(times.parse, () => parseCacheConfig(text));
    const cache = stored(config, text.length);
    timed(times.inspect, () => inspectCache(requireSound(cache, "bench")));
    timed(times.diff, () => diffCaches(cache, cache));
  }
  return {
    records,
    bytes: text.length,
    parse: median(times.parse),
    inspect: median(times.inspect),
    diff: median(times.diff),
    memory: (process.resourceUsage().maxRSS - before) * 1024,
  };
}

function timed<T>(times: number[], run: () => T): T {
  const start = performance.now();
  const result = run();
  times.push(performance.now() - start);
  return result;
}

function blobOf(at: number): Digest {
  return `sha256:${createHash("sha256").update(String(at)).digest("hex")}`;
}

function largeConfig() {
  const width = Math.ceil(records / depth);
  return {
    layers: Array.from({ length: layers }, (_, at) => ({
      blob: blobOf(at),
      parent: at < layers / depth ? -1 : at - Math.floor(layers / depth),
    })),
    records: Array.from({ length: records }, (_, at) => ({
      digest: blobOf(-1 - at),
      ...(at % 2 === 0 ? { layers: [{ layer: at % layers }] } : {}),
      ...(at < width ? {} : { inputs: [[{ link: at - width }]] }),
    })),
  };
}

function stored(config: StoredCache["config"], size: number): StoredCache {
  const descriptor = { mediaType: "bench", digest: digestOf(""), size };
  return {
    config,
    blobs: new Map(
      config.layers.map(({ blob }, at) => [blob, { ...descriptor, digest: blob, size: at }]),
    ),
    form: "image-manifest",
    manifest: descriptor,
    configDescriptor: descriptor,
    steps: new Map(),
  };
}
