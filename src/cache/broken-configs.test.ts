import fc from "fast-check";
import { expect, it } from "vitest";
import { FormatError } from "../errors.ts";
import type { Digest } from "../oci/digest.ts";
import type { StoredCache } from "./content.ts";
import type { CacheConfigV0 } from "./format/cache-config.ts";
import { parseCacheConfig } from "./format/parse-cache-config.ts";
import { writeCacheConfig } from "./format/write-cache-config.ts";
import { findFaults, requireSound } from "./graph/faults.ts";
import { mergeCaches } from "./graph/merge.ts";
import { diffCaches } from "./use/diff.ts";
import { renderDot, renderTree } from "./use/draw.ts";
import { inspectCache } from "./use/inspect.ts";

const digest = (at: number): Digest => `sha256:${at.toString(16).padStart(64, "0")}`;
const position = fc.integer({ min: -2, max: 8 });

/** Configs with arbitrary positions: some are sound, most are not. */
const configs: fc.Arbitrary<CacheConfigV0> = fc.record({
  layers: fc.array(
    fc.record({ blob: fc.nat(5).map(digest), parent: fc.oneof(fc.constant(-1), position) }),
    { maxLength: 6 },
  ),
  records: fc.array(
    fc.record({
      digest: fc.nat(9).map(digest),
      layers: fc.array(fc.record({ layer: position }), { maxLength: 2 }),
      chains: fc.array(fc.record({ layers: fc.array(position, { maxLength: 3 }) }), {
        maxLength: 1,
      }),
      inputs: fc.array(fc.array(fc.record({ link: position }), { maxLength: 2 }), { maxLength: 2 }),
    }),
    { maxLength: 6 },
  ),
});

/** A cycle that BuildKit never follows: a chain names its layers one by one. */
const circleInChain: CacheConfigV0 = {
  layers: [{ blob: digest(0), parent: 0 }],
  records: [{ digest: digest(0), layers: [], chains: [{ layers: [0] }], inputs: [] }],
};

/** Bytes changed, removed or inserted: what disks and networks do to a file. */
const damage = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  drop: fc.nat(20),
  put: fc.string({ maxLength: 5 }),
});

function damaged(text: string, { at, drop, put }: { at: number; drop: number; put: string }) {
  const from = Math.floor(at * text.length);
  return text.slice(0, from) + put + text.slice(from + drop);
}

it("reports any broken config as a format error or faults, and reads any sound one", () => {
  let sound = 0;
  fc.assert(
    fc.property(configs, fc.option(damage), (config, harm) => {
      const text = writeCacheConfig(config).toString();
      const parsed = parseOrFormatError(harm === null ? text : damaged(text, harm));
      if (parsed === undefined) return;
      const read = stored(parsed);
      if (findFaults(read).some(({ fatal }) => fatal)) return;
      const cache = requireSound(read, "c");
      sound += 1;
      expect(parseCacheConfig(writeCacheConfig(parsed))).toEqual(parsed);
      expect(inspectCache(cache).records).toBe(parsed.records.length);
      expect(diffCaches(cache, cache).parts).toEqual([]);
      expect(renderDot(cache).startsWith("digraph")).toBe(true);
      const lines = renderTree(cache).split("\n").length - 1;
      expect(lines).toBe(Math.max(1, cache.config.layers.length));
      expect(mergeCaches([cache, cache]).config.records.length).toBeLessThanOrEqual(
        parsed.records.length,
      );
    }),
    { numRuns: 5_000, examples: [[circleInChain, null]] },
  );
  // Make sure that it did not test broken configs only. Some 60 are sound, by chance.
  expect(sound).toBeGreaterThan(10);
}, 60_000);

function parseOrFormatError(text: string): CacheConfigV0 | undefined {
  try {
    return parseCacheConfig(text);
  } catch (error) {
    expect(error).toBeInstanceOf(FormatError);
    return undefined;
  }
}

function stored(config: CacheConfigV0): StoredCache {
  const blobs = Array.from({ length: 6 }, (_, at) => ({
    mediaType: "m",
    digest: digest(at),
    size: 2 ** at,
  }));
  return {
    config,
    blobs: new Map(blobs.map((blob) => [blob.digest, blob])),
    form: "index",
    manifest: { mediaType: "m", digest: digest(7), size: 7 },
    configDescriptor: { mediaType: "c", digest: digest(8), size: 8 },
    steps: new Map(),
  };
}
