import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Digest, digestOf } from "../../oci/digest.ts";
import { type CacheContent, createdAtAnnotation } from "../content.ts";
import type { CacheRecord } from "../format/cache-config.ts";
import { writeCacheConfig } from "../format/write-cache-config.ts";
import { findFaults } from "../graph/faults.ts";
import { resultsOf } from "../graph/graph.ts";
import { mergeCaches } from "../graph/merge.ts";
import { keepUsed, trimCache } from "./trim.ts";

/** Everything that an engine can find: each key by every path to it, with the blobs of a result. */
function servedBy(content: CacheContent): ReadonlySet<string> {
  const { records, layers } = content.config;
  const memo = new Map<number, ReadonlySet<string>>();
  const ways = (at: number): ReadonlySet<string> => {
    const known = memo.get(at);
    if (known !== undefined) return known;
    const { digest = "", inputs = [] } = records[at] ?? {};
    let found = [digest];
    for (const links of inputs) {
      const options = links.flatMap(({ link, selector = "" }) =>
        [...ways(link)].map((way) => `(${selector}|${way})`),
      );
      found = found.flatMap((way) => options.map((option) => way + option));
    }
    const set = new Set(found);
    memo.set(at, set);
    return set;
  };
  return new Set(
    records.flatMap((record, at) =>
      resultsOf(content, record).flatMap((result) =>
        [...ways(at)].map((way) => `${way} = ${result.map((layer) => layers[layer]?.blob).join()}`),
      ),
    ),
  );
}

const names = ["a", "b", "c", "d"] as const;
const blobOf = (name: string): Digest => digestOf(name);

/** Sound caches over a few blobs and keys, so that they have much in common. */
const caches: fc.Arbitrary<CacheContent> = fc
  .record({
    layers: fc.array(fc.record({ blob: fc.constantFrom(...names), up: fc.nat(3) }), {
      minLength: 1,
      maxLength: 5,
    }),
    records: fc.array(
      fc.record({
        key: fc.constantFrom("k", "l", "m"),
        links: fc.array(fc.array(fc.nat(5), { minLength: 1, maxLength: 2 }), { maxLength: 2 }),
        layer: fc.option(fc.nat(4)),
        chain: fc.option(fc.array(fc.nat(4), { minLength: 1, maxLength: 2 })),
      }),
      { maxLength: 6 },
    ),
  })
  .map(({ layers, records }) => ({
    config: {
      layers: layers.map(({ blob, up }, at) => ({
        blob: blobOf(blob),
        parent: at - 1 - up < 0 ? -1 : at - 1 - up,
      })),
      records: records.map(
        ({ key, links, layer, chain }, at): CacheRecord => ({
          digest: key,
          layers: layer === null ? [] : [{ layer: layer % layers.length }],
          chains: chain === null ? [] : [{ layers: chain.map((one) => one % layers.length) }],
          inputs: at === 0 ? [] : links.map((input) => input.map((link) => ({ link: link % at }))),
        }),
      ),
    },
    blobs: new Map(
      names.map((name, at) => [
        blobOf(name),
        {
          mediaType: "m",
          digest: blobOf(name),
          size: 10 ** at,
          annotations: { [createdAtAnnotation]: `2026-01-0${at + 1}T00:00:00Z` },
        },
      ]),
    ),
  }));

describe("mergeCaches", () => {
  it("serves everything that each of them serves, and nothing else", () => {
    fc.assert(
      fc.property(caches, caches, (a, b) => {
        const merged = mergeCaches([a, b]);
        expect(findFaults(merged)).toEqual([]);
        expect(servedBy(merged)).toEqual(new Set([...servedBy(a), ...servedBy(b)]));
      }),
      { numRuns: 300 },
    );
  });

  it("is no larger if the caches are equal", () => {
    fc.assert(
      fc.property(caches, (a) => {
        const once = mergeCaches([a]);
        expect(mergeCaches([a, a])).toEqual(once);
      }),
    );
  });

  it("keeps unknown fields", () => {
    const config = { layers: [], records: [], unknown: { later: 1 } };
    const { config: merged } = mergeCaches([{ config, blobs: new Map() }]);
    expect(JSON.parse(writeCacheConfig(merged).toString())).toEqual({ later: 1 });
  });
});

describe("trimCache", () => {
  it("is sound, within its limit, and serves nothing new", () => {
    fc.assert(
      fc.property(caches, fc.nat(1200), (cache, limit) => {
        const { content, blobs, records } = trimCache(cache, { blobs: limit });
        expect(findFaults(content)).toEqual([]);
        expect(blobs.after).toBeLessThanOrEqual(limit);
        expect(records.after).toBe(content.config.records.length);
        const before = servedBy(cache);
        for (const way of servedBy(content)) expect(before).toContain(way);
      }),
      { numRuns: 300 },
    );
  });

  it("keeps all of a cache that is within its limits", () => {
    fc.assert(
      fc.property(caches, (cache) => {
        const { content } = trimCache(cache, { blobs: 1111 });
        expect(servedBy(content)).toEqual(servedBy(cache));
      }),
    );
  });

  it("drops the oldest end first, and no more than it must", () => {
    const result = (layer: number) => [{ layer }];
    const record = (digest: string, layer: number, links: readonly number[]): CacheRecord => ({
      digest,
      layers: result(layer),
      chains: [],
      inputs: links.map((link) => [{ link }]),
    });
    const cache: CacheContent = {
      config: {
        layers: names.map((name) => ({ blob: blobOf(name), parent: -1 })),
        // `base` is the oldest, but both others follow from it.
        records: [record("base", 0, []), record("old", 2, [0]), record("new", 3, [0])],
      },
      blobs: new Map(
        names.map((name, at) => [
          blobOf(name),
          {
            mediaType: "m",
            digest: blobOf(name),
            size: 100,
            annotations: { [createdAtAnnotation]: `2026-01-0${at + 1}T00:00:00Z` },
          },
        ]),
      ),
    };
    const { content } = trimCache(cache, { blobs: 250 });
    expect(content.config.records.map(({ digest }) => digest)).toEqual(["base", "new"]);
    expect([...content.blobs.keys()]).toEqual([blobOf("a"), blobOf("d")]);
  });

  it("brings a config of 20,000 records under what BuildKit imports", () => {
    const records = Array.from(
      { length: 20_000 },
      (_, at): CacheRecord => ({
        digest: digestOf(String(at)),
        layers: [],
        chains: [],
        inputs: at === 0 ? [] : [[{ link: at - 1 }]],
      }),
    );
    const { content } = trimCache({ config: { layers: [], records }, blobs: new Map() }, {});
    const size = writeCacheConfig(content.config).length;
    expect(size).toBeLessThanOrEqual(1 << 20);
    expect(size).toBeGreaterThan((1 << 20) - 200);
  });
});

describe("keeping what is used", () => {
  it("keeps everything that the given caches serve, and nothing else", () => {
    fc.assert(
      fc.property(caches, caches, (used, other) => {
        const merged = mergeCaches([used, other]);
        const { content } = keepUsed(merged, [used]);
        expect(findFaults(content)).toEqual([]);
        const kept = servedBy(content);
        for (const way of servedBy(used)) expect(kept).toContain(way);
        for (const way of kept) expect(servedBy(merged)).toContain(way);
        const keys = new Set(used.config.records.map(({ digest }) => digest));
        expect(content.config.records.every(({ digest }) => keys.has(digest))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
