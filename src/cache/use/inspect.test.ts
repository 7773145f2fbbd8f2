import { describe, expect, it } from "vitest";
import type { Digest } from "../../oci/digest.ts";
import type { StoredCache } from "../content.ts";
import type { CacheRecord } from "../format/cache-config.ts";
import { renderDot, renderTree } from "./draw.ts";
import { inspectCache } from "./inspect.ts";

const digest = (letter: string): Digest => `sha256:${letter.repeat(64)}`;

function record(fields: Partial<CacheRecord> & { digest: string }): CacheRecord {
  return { layers: [], chains: [], inputs: [], ...fields };
}

/** base <- a, base <- b by two keys; a key without a result between base and b. */
const cache: StoredCache = {
  config: {
    layers: [
      { blob: digest("0"), parent: -1 },
      { blob: digest("a"), parent: 0 },
      { blob: digest("b"), parent: 0 },
    ],
    records: [
      record({ digest: "b2", layers: [{ layer: 2 }], inputs: [[{ link: 3 }]] }),
      record({ digest: "base", layers: [{ layer: 0 }] }),
      record({ digest: "a", layers: [{ layer: 1 }], inputs: [[{ link: 1 }]] }),
      record({ digest: "key", inputs: [[{ link: 1, selector: "/x" }]] }),
      record({ digest: "b1", chains: [{ layers: [0, 2] }], inputs: [[{ link: 1 }]] }),
    ],
  },
  blobs: new Map(
    (
      [
        ["0", 100, "gzip"],
        ["a", 20, "gzip"],
        ["b", 30, "zstd"],
      ] as const
    ).map(([letter, size, mediaType]) => [
      digest(letter),
      {
        mediaType,
        digest: digest(letter),
        size,
        annotations: { "buildkit/createdat": "2026-01-02T00:00:00Z" },
      },
    ]),
  ),
  form: "inline",
  manifest: { mediaType: "m", digest: digest("e"), size: 7 },
  configDescriptor: { mediaType: "c", digest: digest("c"), size: 2 << 20 },
  steps: new Map([[digest("b"), "RUN b"]]),
};

describe("inspectCache", () => {
  it("lists what each step added, the biggest first, each once", () => {
    const steps = inspectCache(cache).steps;
    expect(
      steps.map(({ record: key, bytes, depth, name, otherKeys }) => [
        key,
        bytes,
        depth,
        name,
        otherKeys,
      ]),
    ).toEqual([
      ["base", 100, 1, null, 0],
      ["b1", 30, 2, "RUN b", 1],
      ["a", 20, 2, null, 0],
    ]);
  });

  it("counts each blob once", () => {
    const { size, records, results, layers, blobs, depth, mediaTypes } = inspectCache(cache);
    expect({ size, records, results, layers, blobs, depth, mediaTypes }).toEqual({
      size: { manifest: 7, config: 2 << 20, blobs: 150 },
      records: 5,
      results: 4,
      layers: 3,
      blobs: 3,
      depth: 3,
      mediaTypes: { gzip: 120, zstd: 30 },
    });
  });

  it("reports a config over BuildKit's import limit, unless it is an image's", () => {
    expect(inspectCache(cache).problems).toEqual([]);
    expect(inspectCache({ ...cache, form: "index" }).problems).toEqual([
      {
        kind: "too-large",
        message: "the config is 2097152 bytes, but BuildKit imports at most 1 MiB",
      },
    ]);
  });

  it("accepts a cache without records", () => {
    const empty = { ...cache, config: { layers: [], records: [] }, blobs: new Map() };
    expect(inspectCache(empty)).toMatchObject({ depth: 0, oldest: null, newest: null, steps: [] });
  });
});

describe("renderDot", () => {
  it("draws each record, those with a result filled, and what it follows from", () => {
    expect(renderDot(cache).split("\n")).toEqual([
      "digraph cache {",
      "  node [shape=box];",
      '  r0 [label="b2\\n130 B", style=filled];',
      "  r3 -> r0;",
      '  r1 [label="base\\n100 B", style=filled];',
      '  r2 [label="a\\n120 B", style=filled];',
      "  r1 -> r2;",
      '  r3 [label="key"];',
      "  r1 -> r3;",
      '  r4 [label="b1\\n130 B", style=filled];',
      "  r1 -> r4;",
      "}",
      "",
    ]);
  });
});

describe("renderTree", () => {
  it("draws layers on one another, with what made them", () => {
    const steps = new Map([[digest("a"), "RUN make"]]);
    expect(renderTree({ ...cache, steps }).split("\n")).toEqual([
      expect.stringMatching(/^100 B .*key base$/) as string,
      expect.stringMatching(/^ {2}20 B .*RUN make$/) as string,
      expect.stringMatching(/^ {2}30 B .*key b2 and 1 more$/) as string,
      "",
    ]);
  });
});
