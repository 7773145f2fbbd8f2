import { describe, expect, it } from "vitest";
import { planOf } from "../../../test/support/plans.ts";
import { scriptedRegistry } from "../../../test/support/scripted-client.ts";
import type { Script } from "../../../test/support/scripted-server.ts";
import { UsageError } from "../../errors.ts";
import { mediaTypes } from "../../oci/media-types.ts";
import { parseReference } from "../../oci/reference.ts";
import { lookUpStaged } from "./look-up-staged.ts";
import { inputAnnotation } from "./staged-leg.ts";

/** Serves the first of `legs` as staged, and answers the tag listing with `list`. */
async function cacheRegistry(variants: number, list: (tag: string) => Awaited<ReturnType<Script>>) {
  let legs: ReturnType<typeof planOf>["legs"] = [];
  const r = await scriptedRegistry(({ url }) => {
    const [first] = legs;
    const tag = parseReference(first?.staged?.leg ?? "").tag ?? "";
    if (url.includes("/tags/list")) return list(tag);
    if (!url.endsWith(`/${tag}`)) return { status: 404 };
    const annotations = { [inputAnnotation]: first?.input.digest };
    const content = {
      schemaVersion: 2,
      mediaType: mediaTypes.ociIndex,
      manifests: [],
      annotations,
    };
    return { status: 200, body: JSON.stringify(content) };
  });
  const names = Array.from({ length: variants }, (_, n) => `v${n}`);
  const cache = { host: r.host, path: "cache" };
  legs = planOf({ cache, targets: [], platforms: ["linux/amd64"], variants: names }).legs;
  return { ...r, legs };
}

describe("lookUpStaged", () => {
  it("lists the tags if there are many legs, and reads the existing ones", async () => {
    await using r = await cacheRegistry(40, (tag) => ({
      status: 200,
      body: JSON.stringify({ tags: [tag, "other"] }),
    }));
    const found = await lookUpStaged(r.client, r.legs);
    expect(found).toEqual({
      whole: new Set(["v0/linux/amd64"]),
      unusable: new Map(),
      outdated: new Map(),
      warnings: [],
    });
    expect(r.server.seen).toHaveLength(2);
  });

  it.each([
    ["refuses to list", { status: 403 }],
    ["has no listing", { status: 404 }],
    ["lists something else", { status: 200, body: "<html>" }],
  ])("looks up each leg if the registry %s", async (_, answer) => {
    await using r = await cacheRegistry(40, () => answer);
    const found = await lookUpStaged(r.client, r.legs);
    expect(found.whole).toEqual(new Set(["v0/linux/amd64"]));
    expect(r.server.seen).toHaveLength(41);
  });

  it.each([2, 40])("fails if credentials are missing, with %d legs", async (count) => {
    await using r = await scriptedRegistry(
      () => ({ status: 401, headers: { "www-authenticate": "Basic" } }),
      { credentials: () => Promise.reject(new UsageError("QUAY_TOKEN is not set")) },
    );
    const variants = Array.from({ length: count }, (_, n) => `v${n}`);
    const cache = { host: r.host, path: "cache" };
    const { legs } = planOf({ cache, targets: [], platforms: ["linux/amd64"], variants });
    await expect(lookUpStaged(r.client, legs)).rejects.toThrow("QUAY_TOKEN is not set");
  });

  it("looks up each leg directly if there are few", async () => {
    await using r = await cacheRegistry(5, () => ({ status: 500 }));
    const found = await lookUpStaged(r.client, r.legs);
    expect(found.whole).toEqual(new Set(["v0/linux/amd64"]));
    expect(r.server.seen).toHaveLength(5);
  });
});
