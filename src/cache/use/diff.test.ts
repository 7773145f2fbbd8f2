import { describe, expect, it } from "vitest";
import type { Digest } from "../../oci/digest.ts";
import type { StoredCache } from "../content.ts";
import type { CacheRecord } from "../format/cache-config.ts";
import { diffCaches } from "./diff.ts";

const digest = (letter: string): Digest => `sha256:${letter.repeat(64)}`;
const sizes: Readonly<Record<string, number>> = { "0": 100, a: 20, b: 30 };

function record(key: string, links: readonly number[], layer?: number): CacheRecord {
  return {
    digest: key,
    layers: layer === undefined ? [] : [{ layer }],
    chains: [],
    inputs: links.length === 0 ? [] : [links.map((link) => ({ link }))],
  };
}

/** One layer for each letter, each on the one before. */
function cache(letters: string, records: readonly CacheRecord[]): StoredCache {
  const digests = letters.split("").map(digest);
  const blobs = letters.split("").map((letter) => ({
    mediaType: "m",
    digest: digest(letter),
    size: sizes[letter] ?? 0,
  }));
  return {
    config: { layers: digests.map((blob, at) => ({ blob, parent: at - 1 })), records },
    blobs: new Map(blobs.map((blob) => [blob.digest, blob])),
    form: "image-manifest",
    manifest: { mediaType: "m", digest: digest("e"), size: 7 },
    configDescriptor: { mediaType: "c", digest: digest("c"), size: 8 },
    steps: new Map([[digest("b"), "RUN b"]]),
  };
}

describe("diffCaches", () => {
  it("finds no difference between two orders of the same cache", () => {
    const one = cache("0a", [record("base", [], 0), record("a", [0], 1)]);
    const other = cache("0a", [record("a", [1, 1], 1), record("base", [], 0)]);
    expect(diffCaches(one, other)).toEqual({
      records: { both: 2, gone: 0, new: 0 },
      blobs: {
        both: { count: 2, bytes: 120 },
        gone: { count: 0, bytes: 0 },
        new: { count: 0, bytes: 0 },
      },
      parts: [],
    });
  });

  it("reports where the second diverges, and not what only follows from that", () => {
    const one = cache("0a", [record("base", [], 0), record("a", [0], 1), record("last", [1])]);
    const other = cache("0b", [record("last", [2]), record("base", [], 0), record("b", [1], 1)]);
    expect(diffCaches(one, other)).toEqual({
      records: { both: 1, gone: 2, new: 2 },
      blobs: {
        both: { count: 1, bytes: 100 },
        gone: { count: 1, bytes: 20 },
        new: { count: 1, bytes: 30 },
      },
      parts: [{ record: "b", depth: 2, bytes: 130, name: "RUN b" }],
    });
  });

  it("distinguishes keys by their selectors", () => {
    const selecting = (selector: string): CacheRecord => ({
      ...record("copy", []),
      inputs: [[{ link: 0, selector }]],
    });
    const one = cache("0", [record("base", [], 0), selecting("/a")]);
    const other = cache("0", [record("base", [], 0), selecting("/b")]);
    expect(diffCaches(one, other).records).toEqual({ both: 1, gone: 1, new: 1 });
    expect(diffCaches(one, other).parts).toEqual([
      { record: "copy", depth: 2, bytes: null, name: null },
    ]);
  });
});
