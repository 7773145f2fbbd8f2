import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FormatError } from "../../errors.ts";
import type { Digest } from "../../oci/digest.ts";
import { type CacheConfigV0, largestConfig } from "./cache-config.ts";
import { parseCacheConfig, parseCacheRecords } from "./parse-cache-config.ts";
import { writeCacheConfig } from "./write-cache-config.ts";

const blob: Digest = `sha256:${"a".repeat(64)}`;

describe("parseCacheConfig", () => {
  it("reads all fields, and fills in those that Go omits", () => {
    const json = {
      layers: [
        { blob, parent: -1 },
        {
          blob,
          annotations: { mediaType: "m", diffID: blob, size: 7, createdAt: "2026-01-02T03:04:05Z" },
        },
      ],
      records: [
        { digest: "sha256:key", layers: [{ layer: 1, createdAt: "2026-01-02T03:04:05Z" }] },
        { digest: "two", chains: [{ layers: [1, 0], createdAt: "2026-01-02T03:04:05Z" }] },
        { digest: "three", inputs: [[{ link: 0 }, { selector: "/src", link: 1 }], null] },
      ],
    };
    expect(parseCacheConfig(JSON.stringify(json))).toEqual({
      layers: [
        { blob, parent: -1 },
        {
          blob,
          parent: 0,
          annotations: { mediaType: "m", diffID: blob, size: 7, createdAt: "2026-01-02T03:04:05Z" },
        },
      ],
      records: [
        {
          digest: "sha256:key",
          layers: [{ layer: 1, createdAt: "2026-01-02T03:04:05Z" }],
          chains: [],
          inputs: [],
        },
        {
          digest: "two",
          layers: [],
          chains: [{ layers: [1, 0], createdAt: "2026-01-02T03:04:05Z" }],
          inputs: [],
        },
        {
          digest: "three",
          layers: [],
          chains: [],
          inputs: [[{ link: 0 }, { selector: "/src", link: 1 }], []],
        },
      ],
    } satisfies CacheConfigV0);
  });

  it("keeps unknown fields at every level and writes them back", () => {
    const json = {
      layers: [{ blob, parent: -1, annotations: { size: 1, later: [1] }, kind: "x" }],
      records: [
        {
          layers: [{ layer: 0, weight: 2 }],
          chains: [{ layers: [0], more: null }],
          digest: "d",
          inputs: [[{ link: 0, why: { a: 1 } }]],
          flag: true,
        },
      ],
      version: 9,
    };
    expect(JSON.parse(writeCacheConfig(parseCacheConfig(JSON.stringify(json))).toString())).toEqual(
      json,
    );
  });

  it.each([
    ['{"layers": [', "invalid or truncated JSON"],
    ["[]", "it is not an object"],
    ['{"layers": {}}', "layers is not a list"],
    ['{"layers": [{"blob": "sha256:1"}]}', "layers[0] has no blob"],
    [`{"layers": [{"blob": "${blob}", "parent": "0"}]}`, "layers[0].parent is not an integer"],
    ['{"records": [7]}', "records[0] is not an object"],
    ['{"records": [{}]}', "records[0].digest is not a string"],
    ['{"records": [{"digest": "d", "inputs": [{}]}]}', "records[0].inputs is not a list"],
    [
      '{"records": [{"digest": "d", "inputs": [[{"link": 0.5}]]}]}',
      "records[0].inputs.link is not an integer",
    ],
  ])("refuses %s", (text, why) => {
    expect(() => parseCacheConfig(text)).toThrow(
      new FormatError(`not a BuildKit cache config: ${why}`),
    );
  });

  it("rejects a config larger than any engine would read, without parsing it", () => {
    expect(() => parseCacheConfig(Buffer.alloc(largestConfig + 1))).toThrow(
      "not a BuildKit cache config: it is 33554433 bytes, but the limit is 33554432",
    );
  });

  it("rejects small JSON with very many entries", () => {
    const text = `{"records": [{"digest": "d", "inputs": [${"[],".repeat(2_000_000)}[]]}]}`;
    expect(() => parseCacheConfig(text)).toThrow("more than 2000000 entries");
  });

  it("throws only format errors, whatever the input", () => {
    const json = fc.oneof(
      fc.json(),
      fc.string(),
      fc.uint8Array().map((b) => Buffer.from(b)),
    );
    fc.assert(
      fc.property(json, (text) => {
        try {
          parseCacheConfig(text);
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError);
        }
      }),
    );
  });
});

describe("writeCacheConfig", () => {
  it("omits what BuildKit omits", () => {
    const config: CacheConfigV0 = {
      layers: [{ blob, parent: 0 }],
      records: [{ digest: "d", layers: [{ layer: 0 }], chains: [], inputs: [] }],
    };
    expect(writeCacheConfig(config).toString()).toBe(
      `{"layers":[{"blob":"${blob}"}],"records":[{"layers":[{"layer":0}],"digest":"d"}]}`,
    );
    expect(writeCacheConfig({ layers: [], records: [] }).toString()).toBe("{}");
  });

  it("writes records that read back the same", () => {
    const record = { digest: "d", layers: [{ layer: 0 }], chains: [], inputs: [[{ link: 0 }]] };
    expect(parseCacheRecords(JSON.stringify([record]))).toEqual([record]);
    expect(parseCacheConfig(writeCacheConfig({ layers: [], records: [record] })).records).toEqual([
      record,
    ]);
  });
});
