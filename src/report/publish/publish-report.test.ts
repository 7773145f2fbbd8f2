import { expect, it } from "vitest";
import { RegistryError } from "../../errors.ts";
import { digestOf } from "../../oci/digest.ts";
import type { PublishedTag, PublishResult } from "../../pipeline/publish/publish-variants.ts";
import { withoutMarks } from "../terminal/style.ts";
import {
  publishFailures,
  publishWarnings,
  renderPublished,
  renderUntagged,
  summarisePublished,
  untaggedVariants,
} from "./publish-report.ts";

const digest = digestOf("index");
const other = digestOf("other");

function tag(name: string, changes: Partial<PublishedTag> = {}): PublishedTag {
  return { tag: name, moved: true, reason: "r", before: other, ...changes };
}

function published(variant: string, tags: readonly PublishedTag[], error?: Error): PublishResult {
  const target = {
    repository: `ghcr.io/acme/${variant}`,
    digest,
    tags,
    blobsMounted: 1,
    blobsCopied: 2,
    bytesCopied: 1_500_000,
  };
  return { variant, digest, targets: [target], error };
}

it("has a line for each tag: whether it is new, moved, kept or overtaken", () => {
  const tags = [
    tag("new", { before: undefined }),
    tag("moved"),
    tag("kept", { moved: false, reason: "the tag is at 2.0" }),
    tag("lost", { overtakenBy: other }),
  ];
  const short = digest.slice(0, 19);
  expect(withoutMarks(renderPublished([published("app", tags)]))).toBe(
    `${[
      "IMAGE                   DIGEST               TAG        WHY",
      `ghcr.io/acme/app:new    ${short}  new        r`,
      `ghcr.io/acme/app:moved  ${short}  moved      r`,
      `ghcr.io/acme/app:kept   ${short}  kept       the tag is at 2.0`,
      `ghcr.io/acme/app:lost   ${short}  overtaken  r`,
    ].join("\n")}\n\n`,
  );
});

it("is empty if nothing was tagged", () => {
  expect(renderPublished([])).toBe("");
});

it("adds up blobs over all images, and counts failures separately", () => {
  const [a, b] = ["a", "b"].map((name) => published(name, [tag("1")]));
  expect(
    summarisePublished([a, b, published("c", [], new Error("x"))].flatMap((r) => r ?? [])),
  ).toBe("2 images published, 1 failed: 3 blobs mounted, 6 copied (4.50 MB)");
  expect(summarisePublished([published("a", [tag("1")])])).toBe(
    "1 image published: 1 blob mounted, 2 copied (1.50 MB)",
  );
});

it("counts no image as published that got no tag or whose tags were kept", () => {
  const nothing = { blobsMounted: 0, blobsCopied: 0, bytesCopied: 0 };
  const [untagged, kept] = [[], [tag("1", { moved: false })]].map((tags, at) => {
    const result = published(String(at), tags);
    return { ...result, targets: result.targets.map((target) => ({ ...target, ...nothing })) };
  });
  const results = [untagged, kept].flatMap((result) => result ?? []);
  expect(summarisePublished(results)).toBe("0 images published, 1 unchanged, 1 without a tag");
  expect(untaggedVariants(results)).toEqual(["0"]);
  expect(renderUntagged(["0"])).toMatch(/^0 was not published: no tag rule produces a tag/);
});

it("warns of tags that others moved or deleted after us", () => {
  const tags = [tag("ok"), tag("a", { overtakenBy: other }), tag("b", { overtakenBy: null })];
  expect(publishWarnings([published("app", tags)])).toEqual([
    `someone else changed ghcr.io/acme/app:a after this run: the tag points to ${other}`,
    "someone else changed ghcr.io/acme/app:b after this run: the tag was deleted",
  ]);
});

it("prints each failure with what to try", () => {
  const refused = new RegistryError({ method: "PUT", url: "u", status: 403, hint: "log in" });
  const results = [
    published("a", []),
    published("b", [], refused),
    published("c", [], new Error("x")),
  ];
  expect(publishFailures(results)).toEqual([
    "b was not published: PUT u: 403\nhint: log in",
    "c was not published: x",
  ]);
});
