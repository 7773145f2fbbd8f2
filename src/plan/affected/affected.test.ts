import { describe, expect, it } from "vitest";
import { digestOf } from "../../oci/digest.ts";
import { type Affected, compareTrees } from "./affected.ts";
import type { TreeLeg, TreeLegs } from "./tree-legs.ts";

function leg(id: string, content: string | undefined, changes: Partial<TreeLeg> = {}): TreeLeg {
  const [variant = "", ...platform] = id.split("/");
  return {
    id,
    variant,
    platform: platform.join("/"),
    reads: [variant],
    input:
      content === undefined
        ? undefined
        : { digest: digestOf(content), parts: { "context/src": content } },
    problem: content === undefined ? "its Dockerfile is invalid" : undefined,
    refresh: "",
    parents: [],
    ...changes,
  };
}

function tree(legs: readonly TreeLeg[], changes: Partial<TreeLegs> = {}): TreeLegs {
  const byId = new Map(legs.map((one) => [one.id, one]));
  return { legs: byId, cacheRepository: "h/c", opaque: new Map(), ...changes };
}

const [a, b] = ["a/linux/amd64", "b/linux/amd64"];
const why = ({ legs }: Affected): unknown => legs.map((one) => [one.id, one.why, one.reason]);

describe("a leg is affected", () => {
  it("if its inputs differ, and otherwise not", () => {
    const base = tree([leg(a, "1"), leg(b, "1")]);
    expect(compareTrees(base, tree([leg(a, "2"), leg(b, "1")]))).toEqual({
      legs: [
        {
          id: a,
          variant: "a",
          platform: "linux/amd64",
          why: "changed",
          changed: ["context/src"],
          reason: "changed: context/src",
        },
      ],
      unaffected: [b],
      removed: [],
    });
  });

  it("if the base does not have it; one that the head lacks is removed", () => {
    const found = compareTrees(tree([leg(a, "1")]), tree([leg(b, "1")]));
    expect(why(found)).toEqual([[b, "new", "the base does not contain this leg"]]);
    expect(found.removed).toEqual([a]);
  });

  it("if one of the two sides cannot be read", () => {
    const [good, bad] = [tree([leg(a, "1")]), tree([leg(a, undefined)])];
    expect(why(compareTrees(good, bad))).toEqual([[a, "unknown", "its Dockerfile is invalid"]]);
    expect(why(compareTrees(bad, good))).toEqual([
      [a, "unknown", "in the base, its Dockerfile is invalid"],
    ]);
    expect(why(compareTrees({ unreadable: "no base" }, good))).toEqual([[a, "unknown", "no base"]]);
  });

  it("if it is staged elsewhere, or its refresh argument gets its value in another way", () => {
    const base = tree([leg(a, "1")]);
    expect(why(compareTrees(base, tree([leg(a, "1")], { cacheRepository: "h/d" })))).toEqual([
      [a, "changed", "nothing is staged yet in h/d"],
    ]);
    const daily = tree([leg(a, "1", { refresh: "day" })]);
    expect(why(compareTrees(base, daily))).toEqual([[a, "changed", "changed: refresh"]]);
  });

  it("if an addition to a baseline changed or was deleted, without its children", () => {
    const at = (additions?: Readonly<Record<string, string>>): TreeLegs => {
      const one = leg(a, "1");
      const input = one.input && { ...one.input, ...(additions && { additions }) };
      return tree([{ ...one, input }, leg(b, "1", { parents: [a] })]);
    };
    const before = at({ "a.proto: message B": "1" });
    expect(
      compareTrees(before, at({ "a.proto: message B": "1", "a.proto: message C": "1" })),
    ).toEqual({
      legs: [],
      unaffected: [a, b],
      removed: [],
    });
    const found = compareTrees(before, at({ "a.proto: message B": "2" }));
    expect(why(found)).toEqual([[a, "changed", "changed: a.proto: message B"]]);
    expect(found.unaffected).toEqual([b]);
    expect(why(compareTrees(before, at()))).toEqual([
      [a, "changed", "changed: a.proto: message B (deleted)"],
    ]);
  });

  it("if a submodule changed that is inside, or contains, what it reads", () => {
    const reads: readonly [string, boolean][] = [
      ["", true],
      ["x", true],
      ["x/sub", true],
      ["x/sub/deep", true],
      ["x/su", false],
      ["y", false],
    ];
    for (const [path, touched] of reads) {
      const at = (id: string): TreeLegs =>
        tree([leg(a, "1", { reads: [path] })], { opaque: new Map([["x/sub", id]]) });
      expect(compareTrees(at("1"), at("2")).legs.length > 0, path).toBe(touched);
      expect(compareTrees(at("1"), at("1")).legs, path).toEqual([]);
    }
  });
});
