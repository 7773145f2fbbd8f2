import { expect, it } from "vitest";
import { UsageError } from "../../errors.ts";
import { digestOf } from "../../oci/digest.ts";
import type { PublishResult } from "../../pipeline/publish/publish-variants.ts";
import { renderPublishSummary } from "./publish-summary.ts";

const digest = digestOf("index");
const tag = { tag: "1.0", moved: true, reason: "newer", before: undefined };
const target = {
  repository: "ghcr.io/acme/app",
  digest,
  tags: [tag],
  blobsMounted: 1,
  blobsCopied: 2,
  bytesCopied: 1_500_000,
};
const app: PublishResult = { variant: "app", digest, targets: [target], error: undefined };
const failed: PublishResult = {
  variant: "web",
  digest: undefined,
  targets: [],
  error: new UsageError("a leg is missing", { hint: "build it" }),
};

it("has the tags with their digests, and what failed", () => {
  expect(renderPublishSummary([app, failed], false)).toBe(`### Publish

1 image published, 1 failed: 1 blob mounted, 2 copied (1.50 MB).

| image | digest | tag | why |
|---|---|---|---|
| ghcr.io/acme/app:1.0 | ${digest.slice(0, 19)} | new | newer |

- ❌ web was not published: a leg is missing (hint: build it)

`);
});

it("says that a dry run wrote nothing", () => {
  expect(renderPublishSummary([], true)).toBe("### Publish\n\nDry run: nothing was written.\n\n");
});
