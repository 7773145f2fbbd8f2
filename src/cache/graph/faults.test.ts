import { describe, expect, it } from "vitest";
import type { Digest } from "../../oci/digest.ts";
import type { CacheContent } from "../content.ts";
import type { CacheConfigV0, CacheRecord } from "../format/cache-config.ts";
import { findFaults, requireSound } from "./faults.ts";

const blob: Digest = `sha256:${"a".repeat(64)}`;
const other: Digest = `sha256:${"b".repeat(64)}`;

function content(config: Partial<CacheConfigV0>): CacheContent {
  const blobs = new Map([[blob, { mediaType: "m", digest: blob, size: 1 }]]);
  return { config: { layers: [], records: [], ...config }, blobs };
}

function record(fields: Partial<CacheRecord>): CacheRecord {
  return { digest: "d", layers: [], chains: [], inputs: [], ...fields };
}

describe("findFaults", () => {
  it("finds none in a sound cache", () => {
    const sound = content({
      layers: [
        { blob, parent: -1 },
        { blob, parent: 0 },
      ],
      records: [
        record({ layers: [{ layer: 1 }] }),
        record({ chains: [{ layers: [1, 0] }], inputs: [[{ link: 0 }], [{ link: 0 }]] }),
      ],
    });
    expect(findFaults(sound)).toEqual([]);
  });

  it.each<[string, Partial<CacheConfigV0>, string[]]>([
    [
      "a parent out of range",
      { layers: [{ blob, parent: 1 }] },
      ["parent: layers[0].parent is 1, of 1"],
    ],
    [
      "a blob that nothing describes",
      { layers: [{ blob: other, parent: -1 }] },
      [`blob: layers[0] is ${other}, which the manifest does not list`],
    ],
    [
      "results out of range",
      { records: [record({ layers: [{ layer: 0 }], chains: [{ layers: [-1] }] })] },
      ["layer: records[0].layers is 0, of 0", "layer: records[0].chains is -1, of 0"],
    ],
    [
      "a link out of range",
      { records: [record({ inputs: [[], [{ link: 7 }]] })] },
      ["link: records[0].inputs[1] is 7, of 1"],
    ],
    [
      "layers that lie on each other",
      {
        layers: [
          { blob, parent: 1 },
          { blob, parent: 0 },
        ],
      },
      ["layer-cycle: layers[0] lies on itself"],
    ],
    [
      "records that follow from each other",
      { records: [record({ inputs: [[{ link: 1 }]] }), record({ inputs: [[{ link: 0 }]] })] },
      ["record-cycle: records[0] follows from itself"],
    ],
  ])("tells of %s", (_, config, expected) => {
    const found = findFaults(content(config));
    expect(found.map(({ kind, message }) => `${kind}: ${message}`)).toEqual(expected);
  });

  it("takes chains as long as a config can be", () => {
    const length = 50_000;
    const records = Array.from({ length }, (_, at) =>
      record({ inputs: at === 0 ? [] : [[{ link: at - 1 }]] }),
    );
    expect(findFaults(content({ records }))).toEqual([]);
  });

  it("tells of a hundred at most", () => {
    const layers = Array.from({ length: 500 }, () => ({ blob: other, parent: -1 }));
    expect(findFaults(content({ layers }))).toHaveLength(100);
  });
});

describe("requireSound", () => {
  it("throws what is wrong, the first three of it", () => {
    const layers = Array.from({ length: 5 }, () => ({ blob, parent: 9 }));
    expect(() => requireSound(content({ layers }), "c")).toThrow(
      "c is broken: layers[0].parent is 9, of 5; layers[1].parent is 9, of 5; layers[2].parent is 9, of 5, and 2 more",
    );
  });
});
