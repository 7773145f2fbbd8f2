import { describe, expect, it } from "vitest";
import { type Digest, digestOf } from "../../oci/digest.ts";
import type { RepositoryView } from "../collection/view.ts";
import { planRoom } from "./make-room.ts";

const [a, b, c] = [digestOf("a"), digestOf("b"), digestOf("c")];

function repository(name: string, blobs: readonly (readonly [Digest, number])[]): RepositoryView {
  return {
    name,
    tagged: new Set(),
    manifests: [],
    blobs: blobs.map(([digest, usedAt]) => ({ digest, size: 100, usedAt, writtenAt: 0 })),
  };
}

describe("making room", () => {
  const two = [
    repository("x", [
      [a, 1],
      [b, 2],
    ]),
    repository("y", [[a, 3]]),
  ];

  it("deletes nothing while everything fits, counting each blob once", () => {
    expect(planRoom(two, new Map([[c, 100]]), 300)).toEqual([]);
  });

  it("deletes the least recently requested blob, from every repository", () => {
    const removals = (maxBytes: number) =>
      planRoom(two, new Map(), maxBytes).map((removal) => removal.blobs);
    expect(removals(150)).toEqual([[b], []]);
    expect(removals(50)).toEqual([[a, b], [a]]);
  });

  it("keeps blobs that are being fetched, and does not count them twice once stored", () => {
    const coming = new Map([[a, 100]]);
    expect(planRoom(two, coming, 200)).toEqual([]);
    expect(planRoom(two, coming, 0).map(({ blobs }) => blobs)).toEqual([[b], []]);
  });
});
