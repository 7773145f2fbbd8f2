import { describe, expect, it } from "vitest";
import { digestOf } from "../../oci/digest.ts";
import { mediaTypes } from "../../oci/media-types.ts";
import { chooseDirRemovals, type DirRetention } from "./choose-dir-removals.ts";
import type { SurveyedTag } from "./survey.ts";

const now = Date.parse("2026-11-27T00:00:00Z");
const dayMs = 86_400_000;
const nothing: DirRetention = {
  olderThan: undefined,
  keepLast: undefined,
  maxSize: undefined,
  grace: dayMs,
};

/** A cache with packs of 100 bytes, saved so many days ago. */
function cache(key: string, days: number, packs: string, family?: string): SurveyedTag {
  const createdAt = new Date(now - days * dayMs).toISOString();
  const child = digestOf(`manifest ${packs}`);
  const manifest = { mediaType: mediaTypes.ociManifest, digest: child, size: 1 };
  return {
    tag: `dir-${key}`,
    digest: digestOf(`${key} ${days}`),
    kind: "dir",
    children: [child],
    content: Array.from(packs, (pack) => ({ digest: digestOf(pack), size: 100 })),
    createdAt,
    size: { manifest: 1, config: 0 },
    records: [],
    dir: { key, family, createdAt, files: 1, bytes: 1, stored: 1, manifest },
    problem: null,
  };
}

function chosenOf(tags: readonly SurveyedTag[], policy: Partial<DirRetention>) {
  const { chosen, ...rest } = chooseDirRemovals(tags, { ...nothing, ...policy }, now);
  return { ...rest, chosen: chosen.map(({ key, reason }) => `${key}: ${reason}`) };
}

describe("chooseDirRemovals", () => {
  it("deletes what was saved long ago, with the manifests that nothing else needs", () => {
    const tags = [cache("new", 3, "ab"), cache("old", 40, "bc"), cache("same", 50, "ab")];
    expect(chosenOf(tags, { olderThan: 30 * dayMs })).toEqual({
      chosen: ["old: last saved 40 days ago", "same: last saved 50 days ago"],
      children: [digestOf("manifest bc")],
      freed: 100,
      left: 200,
      warnings: [],
      spared: 0,
    });
  });

  it("keeps the newest of each family, and what was saved without one", () => {
    const tags = [
      cache("npm-1", 5, "a", "npm-"),
      cache("npm-2", 4, "b", "npm-"),
      cache("npm-3", 0.5, "c", "npm-"),
      cache("go-1", 9, "d", "go-"),
      cache("npm-0", 10, "e"),
    ];
    expect(chosenOf(tags, { keepLast: 1 }).chosen).toEqual([
      "npm-1: 1 newer cache of npm-* is kept",
      "npm-2: 1 newer cache of npm-* is kept",
    ]);
    expect(chosenOf(tags, { keepLast: 2 }).chosen).toEqual([
      "npm-1: 2 newer caches of npm-* are kept",
    ]);
    expect(chosenOf(tags, { keepLast: 3 }).chosen).toEqual([]);
  });

  it("deletes the least recently saved until the rest fits, and counts shared packs once", () => {
    const tags = [cache("a", 2, "xya"), cache("b", 4, "xyb"), cache("c", 6, "xyc")];
    const reason = (days: number): string =>
      `the total is over the limit of 400 bytes; last saved ${days} days ago`;
    expect(chosenOf(tags, { maxSize: 400 })).toMatchObject({
      chosen: [`c: ${reason(6)}`],
      freed: 100,
      left: 400,
    });
    expect(chosenOf(tags, { maxSize: 300 }).chosen).toHaveLength(2);
    expect(chosenOf(tags, { maxSize: 500 }).chosen).toEqual([]);
  });

  it("keeps what was just saved, counts it, and says if that is too much", () => {
    const tags = [cache("a", 0.1, "ab"), cache("future", -400, "cd"), cache("b", 2, "e")];
    expect(chosenOf(tags, { maxSize: 1, olderThan: 0 })).toMatchObject({
      chosen: ["b: last saved 2 days ago"],
      spared: 1,
      warnings: [
        "400 bytes remain, which exceeds the limit of 1: the remaining caches were saved within the grace period",
      ],
    });
  });

  it("keeps tags of something else, and those that cannot be read with all manifests", () => {
    const old = cache("old", 9, "a");
    const { dir, ...rest } = old;
    expect(dir?.key).toBe("old");
    const other: SurveyedTag = { ...rest, tag: "dir-image", kind: "other" };
    const lost: SurveyedTag = { ...rest, tag: "dir-lost", kind: "unreadable", problem: "404" };
    expect(chosenOf([old, other, lost], { olderThan: dayMs })).toMatchObject({
      chosen: ["old: last saved 9 days ago"],
      children: [],
      warnings: ["not deleting dir-lost because it cannot be read: 404"],
    });
  });
});
