import { describe, expect, it } from "vitest";
import { planOf } from "../../../test/support/plans.ts";
import { parseRepository } from "../../oci/reference.ts";
import type { Pin } from "../../inputs/moving/pins.ts";
import { groupWarnings } from "./group-warnings.ts";

const variants = ["a", "b", "c", "d", "e"];
const made = planOf({
  cache: parseRepository("r.io/cache"),
  targets: [],
  platforms: ["linux/amd64"],
  variants,
});
const refs = ["alpine:3", "debian:12", "golang:1"];
const plan = {
  legs: made.legs.map((leg) => ({
    ...leg,
    cache: {
      from: [],
      to: [{ type: "registry" as const, attributes: { ref: `r.io/cache:cache-${leg.variant}` } }],
    },
  })),
  pins: refs.map((ref): Pin => ({ kind: "image", ref, resolved: null })),
};
const each = (text: (variant: string) => string): string[] =>
  variants.map((variant) => `${variant}/linux/amd64: ${text(variant)}`);

describe("groupWarnings", () => {
  it.each<[string, readonly string[], readonly string[]]>([
    [
      "what legs have in common, with the first three",
      each(() => "the record was not written: 403"),
      [
        "the record was not written: 403 (5 legs: a/linux/amd64, b/linux/amd64, c/linux/amd64, and 2 more)",
      ],
    ],
    [
      "what differs only in a leg's own cache",
      each((variant) => `the cache r.io/cache:cache-${variant} was not written: 403`),
      [
        "a/linux/amd64: the cache r.io/cache:cache-a was not written: 403 (the same for 4 more legs: b/linux/amd64, c/linux/amd64, d/linux/amd64, and 1 more)",
      ],
    ],
    [
      "what one parent causes in many legs, apart from another parent",
      ["d", "e"].flatMap((parent) =>
        ["a", "b"].map(
          (child) => `${child}/linux/amd64: the staged leg of ${parent} is unreadable`,
        ),
      ),
      ["d", "e"].map(
        (parent) =>
          `the staged leg of ${parent} is unreadable (2 legs: a/linux/amd64, b/linux/amd64)`,
      ),
    ],
    [
      "what variants have in common",
      ["a: x is not pinned: 401", "b: x is not pinned: 401"],
      ["x is not pinned: 401 (2 variants: a, b)"],
    ],
    [
      "images that could not be pinned for one reason",
      [
        "alpine:3 is not pinned: 401",
        "debian:12 is not pinned: 401",
        "golang:1 is not pinned: 404",
      ],
      [
        "alpine:3 is not pinned: 401 (the same for 1 more input: debian:12)",
        "golang:1 is not pinned: 404",
      ],
    ],
    [
      "nothing that is said once, of the run, or of a name that no leg has",
      ["a: one", "b: two", "three", "x: four", "y: four", "a/linux/amd64: five"],
      ["a: one", "b: two", "three", "x: four", "y: four", "a/linux/amd64: five"],
    ],
    [
      "no two warnings about one leg, in the order of the first of each kind",
      ["a/linux/amd64: one", "three", "b/linux/amd64: one", "a/linux/amd64: two", "three"],
      ["one (2 legs: a/linux/amd64, b/linux/amd64)", "three", "a/linux/amd64: two"],
    ],
  ])("groups %s", (_, warnings, grouped) => {
    expect(groupWarnings(warnings, plan)).toEqual(grouped);
  });

  it("groups the same failure of a leg's look-up, by the tags in a URL", () => {
    const of = (variant: string): string => {
      const leg = plan.legs.find((it) => it.variant === variant);
      const tag = leg?.staged?.leg.split(":").at(-1) ?? "";
      return `${variant}/linux/amd64: GET https://r.io/v2/cache/manifests/${tag}: 500`;
    };
    expect(groupWarnings(["a", "b"].map(of), plan)).toEqual([
      `${of("a")} (the same for 1 more leg: b/linux/amd64)`,
    ]);
  });
});
