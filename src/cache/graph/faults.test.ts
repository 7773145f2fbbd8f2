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

/** A record for each layer, with that layer as its result. */
function using(layers: CacheConfigV0["layers"]): Partial<CacheConfigV0> {
  return { layers, records: layers.map((_, layer) => record({ layers: [{ layer }] })) };
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
      "a parent that is out of range",
      using([{ blob, parent: 1 }]),
      ["parent: layers[0].parent is out of range: 1 of 1"],
    ],
    [
      "a blob without a descriptor",
      using([{ blob: other, parent: -1 }]),
      [`blob: layers[0] is ${other}, which the manifest does not list`],
    ],
    [
      "a chain with such a blob, and nothing after it",
      {
        layers: [{ blob: other, parent: -1 }],
        records: [record({ chains: [{ layers: [0, 7] }] })],
      },
      [`blob: records[0].chains has layers[0] is ${other}, which the manifest does not list`],
    ],
    [
      "an input that has no links",
      { records: [record({}), record({ inputs: [[{ link: 0 }], []] })] },
      ["input: records[1].inputs[1] has no links"],
    ],
    [
      "a record that follows from a random one",
      { records: [record({ digest: "random:1" }), record({ inputs: [[{ link: 0 }]] })] },
      ["link: records[1].inputs[0] refers to records[0], which has a random key"],
    ],
    [
      "results out of range",
      { records: [record({ layers: [{ layer: 0 }], chains: [{ layers: [-1] }] })] },
      [
        "layer: records[0].layers is out of range: 0 of 0",
        "layer: records[0].chains is out of range: -1 of 0",
      ],
    ],
    [
      "a link out of range",
      { records: [record({ inputs: [[{ link: 7 }]] })] },
      ["link: records[0].inputs[0] is out of range: 7 of 1"],
    ],
    [
      "layers in a cycle",
      using([
        { blob, parent: 1 },
        { blob, parent: 0 },
      ]),
      ["layer-cycle: layers[0] is its own ancestor"],
    ],
    [
      "records in a cycle",
      { records: [record({ inputs: [[{ link: 1 }]] }), record({ inputs: [[{ link: 0 }]] })] },
      ["record-cycle: records[0] depends on itself"],
    ],
  ])("reports %s", (_, config, expected) => {
    const found = findFaults(content(config));
    expect(found.map(({ kind, message }) => `${kind}: ${message}`)).toEqual(expected);
  });

  it("ignores faults in a layer that no record uses, as an engine does", () => {
    const layers = [
      { blob, parent: 9 },
      { blob, parent: 1 },
      { blob: other, parent: -1 },
      { blob, parent: -1 },
    ];
    const unused = content({ layers, records: [record({ layers: [{ layer: 3 }] })] });
    expect(findFaults(unused)).toEqual([]);
  });

  it("looks at nothing below an unlisted layer, as an engine does", () => {
    const faults = findFaults(
      content({
        layers: [
          { blob: other, parent: 7 },
          { blob, parent: 0 },
        ],
        records: [record({ layers: [{ layer: 1 }] })],
      }),
    );
    expect(faults).toMatchObject([{ kind: "blob", where: "layers[0]", fatal: false }]);
  });

  it("treats a layer without a description in GitHub's service as fatal, used or not", () => {
    const layers = [{ blob: other, parent: -1 }];
    expect(findFaults({ ...content({ layers }), form: "gha" })).toMatchObject([
      { kind: "blob", fatal: true },
    ]);
  });

  it("accepts chains as long as a config allows", () => {
    const length = 50_000;
    const records = Array.from({ length }, (_, at) =>
      record({ inputs: at === 0 ? [] : [[{ link: at - 1 }]] }),
    );
    const layers = records.map((_, at) => ({ blob, parent: at - 1 }));
    expect(findFaults(content({ records, layers }))).toEqual([]);
    const used = records.map((it, layer) => ({ ...it, layers: [{ layer }] }));
    expect(findFaults(content({ records: used, layers }))).toEqual([]);
  });

  it("reports at most a hundred", () => {
    const layers = Array.from({ length: 500 }, () => ({ blob: other, parent: -1 }));
    expect(findFaults(content(using(layers)))).toHaveLength(100);
  });
});

describe("requireSound", () => {
  it("throws the first three faults", () => {
    const layers = Array.from({ length: 5 }, () => ({ blob, parent: 9 }));
    expect(() => requireSound(content(using(layers)), "c")).toThrow(
      "c is broken: layers[0].parent is out of range: 9 of 5; layers[1].parent is out of range: 9 of 5; layers[2].parent is out of range: 9 of 5, and 2 more",
    );
  });

  it("leaves out what engines ignore, and nothing else", () => {
    const layers = [
      { blob: other, parent: -1 },
      { blob, parent: 0 },
      { blob, parent: -1 },
      { blob, parent: 2 },
      { blob, parent: 4 },
    ];
    const records = [
      record({ layers: [{ layer: 1 }, { layer: 3 }] }),
      record({ chains: [{ layers: [1, 4] }, { layers: [0] }], inputs: [[{ link: 0 }]] }),
    ];
    expect(requireSound(content({ layers, records }), "c").config).toEqual({
      layers: [
        { blob, parent: -1 },
        { blob, parent: 0 },
        { blob, parent: -1 },
        { blob, parent: -1 },
      ],
      records: [
        record({ layers: [{ layer: 1 }] }),
        record({ chains: [{ layers: [2, 3] }], inputs: [[{ link: 0 }]] }),
      ],
    });
    const whole = content({ layers: layers.slice(2, 4).map((it) => ({ ...it, parent: -1 })) });
    expect(requireSound(whole, "c")).toBe(whole);
  });
});
