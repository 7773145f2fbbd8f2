import { expect, it } from "vitest";
import { cacheOf, configOf, variantOf } from "../../../test/support/configs.ts";
import { digestOf } from "../../oci/digest.ts";
import { boundedTag, refSlug, stagedTag } from "../../plan/names.ts";
import { legTags } from "./leg-tags.ts";

const long = "x".repeat(115);
const config = configOf({
  variants: [
    variantOf("app", { platforms: ["linux/amd64", "linux/arm64"] }),
    variantOf("app.two"),
    variantOf(long),
  ],
});
const tags = legTags(config);
const input = digestOf(Buffer.from("any"));

it("finds the leg of a staged build, a log and a cache", () => {
  for (const leg of tags.legs) {
    expect(tags.stagedBy(leg.newest)).toBe(leg);
    expect(tags.stagedBy(stagedTag(leg.newest, input))).toBe(leg);
    expect(tags.loggedBy(leg.log)).toBe(leg);
    expect(tags.cachedBy(leg.cache)).toBe(leg);
    for (const branch of ["release-1.2", "feature/x", "a.b"]) {
      expect(tags.cachedBy(boundedTag(`${leg.cache}.${refSlug(branch)}`))).toBe(leg);
    }
  }
});

it("finds no leg for the tags of others", () => {
  expect(tags.stagedBy(stagedTag("leg-other-amd64", input))).toBeUndefined();
  expect(tags.stagedBy("leg-app-amd64-old")).toBeUndefined();
  expect(tags.loggedBy("log-other-amd64")).toBeUndefined();
  expect(tags.cachedBy("cache-other-amd64")).toBeUndefined();
  expect(tags.cachedBy("cache-app-amd64x")).toBeUndefined();
});

it("reads cache names from a config's own template", () => {
  const own = legTags({ ...config, cache: cacheOf({ tag: "{platform}_{name}" }) });
  expect(own.cachedBy("amd64_app")).toBe(own.legs[0]);
  expect(own.cachedBy("cache-app-amd64")).toBeUndefined();
});

it("finds no leg for the cache of a variant that has none, only for its builds and log", () => {
  const none = { used: false, exportOptions: {}, from: undefined };
  const own = legTags(configOf({ variants: [variantOf("app"), variantOf("b", { cache: none })] }));
  const [app, b] = own.legs;
  expect(own.cached).toEqual([app]);
  expect(own.cachedBy("cache-b-amd64")).toBeUndefined();
  expect(own.cachedBy("cache-app-amd64")).toBe(app);
  expect(own.loggedBy("log-b-amd64")).toBe(b);
});
