import { expect, it } from "vitest";
import { migrateFixture } from "../../../test/support/migrate/fixture.ts";

/* What the authors of the real workflows later mended, each as lint names it. */

async function rulesIn(name: string): Promise<readonly string[]> {
  const { fixed } = await migrateFixture(name);
  return [...new Set(fixed.map(({ rule }) => rule))].sort();
}

it("finds the faults of two variants that are cached for each release tag", async () => {
  expect(await rulesIn("two-variants")).toEqual(
    expect.arrayContaining(["gha-cache-on-tags", "needless-emulation", "no-ignore-error"]),
  );
});

it("finds the faults of legs that are pushed by digest and merged", async () => {
  expect(await rulesIn("digest-merge")).toEqual(
    expect.arrayContaining([
      "artifact-name-prefix",
      "concurrency-loses-pushes",
      "iso-week-year",
      "merge-from-other-repository",
      "provenance-off",
      "untagged-digest",
    ]),
  );
});
