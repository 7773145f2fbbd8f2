import { expect, it } from "vitest";
import { UsageError } from "../../errors.ts";
import type { PlannedVariant } from "../plan.ts";
import { refuseSharedTags } from "./shared-tags.ts";

function variant(name: string, ...images: readonly (readonly [string, string])[]): PlannedVariant {
  const targets = images.map(([repository, tag]) => ({
    repository,
    tags: [{ tag, order: "none" as const }],
    shape: "index" as const,
    annotations: {},
  }));
  return { name, legs: [], targets, previews: [] };
}

it("refuses one tag of two variants in one repository", () => {
  const variants = [
    variant("a", ["r.io/x", "1"], ["r.io/y", "1"]),
    variant("b", ["r.io/x", "2"], ["r.io/y", "1"]),
  ];
  expect(() => refuseSharedTags(variants)).toThrow(
    new UsageError('the variants "a" and "b" would both be published as r.io/y:1', {
      hint: "give them different suffixes, or use {name} in their tag rules",
    }),
  );
});

it("accepts other repositories, other tags, and a repository that one variant has twice", () => {
  const variants = [
    variant("a", ["r.io/x", "1"], ["r.io/x", "1"]),
    variant("b", ["r.io/x", "2"], ["r.io/y", "1"]),
    variant("c"),
  ];
  expect(() => refuseSharedTags(variants)).not.toThrow();
});
