import fc from "fast-check";
import { expect, test } from "vitest";
import { digestOf } from "../oci/digest.ts";
import { parsePlatform } from "../oci/platform.ts";
import { tagPattern } from "../oci/reference.ts";
import { boundedTag, legNames, refSlug, stagedTag } from "./names.ts";

const template = "cache{suffix}-{platform}";

test("names a leg, its cache and its tags", () => {
  const platform = parsePlatform("linux/arm/v7");
  expect(legNames({ name: "gpu-vllm" }, platform, template)).toEqual({
    id: "gpu-vllm/linux/arm/v7",
    variant: "gpu-vllm",
    suffix: "-gpu-vllm",
    platform: "arm-v7",
    cache: "cache-gpu-vllm-arm-v7",
    newest: "leg-gpu-vllm-arm-v7",
    log: "log-gpu-vllm-arm-v7",
  });
  expect(legNames({ name: "core" }, platform, "{name}.{platform}").cache).toBe("core.arm-v7");
});

test("a staged leg's tag has the first 40 digits of its input digest", () => {
  const input = digestOf("x");
  expect(stagedTag("leg-core-amd64", input)).toBe(`leg-core-amd64-${input.slice(7, 47)}`);
  const long = stagedTag(`leg-${"x".repeat(200)}`, input);
  expect(long).toHaveLength(128);
  expect(long.endsWith(`-${input.slice(7, 47)}`)).toBe(true);
});

test.each([
  ["main", "main"],
  ["feature/x", /^feature-x-[0-9a-f]{12}$/],
  ["v1.2", /^v1-2-[0-9a-f]{12}$/],
])("the branch %s in a tag is %s", (ref, expected) => {
  expect(refSlug(ref)).toMatch(expected);
});

test("different texts become different tags, however long or odd they are", () => {
  const odd = fc.string({
    maxLength: 200,
    unit: fc.constantFrom("a", "B", "-", ".", "/", "_", "ü", " "),
  });
  fc.assert(
    fc.property(odd, odd, (a, b) => {
      const [x, y] = [boundedTag(a), boundedTag(b)];
      expect(x).toMatch(tagPattern);
      expect(x === y).toBe(a === b);
    }),
    { numRuns: 500 },
  );
});

test("no two legs share a name, and all names are valid tags, however long the variants' names are", () => {
  const platforms = [
    "linux/amd64",
    "linux/amd64/v3",
    "linux/arm64",
    "linux/arm/v6",
    "linux/arm/v7",
  ];
  const leg = fc.record({
    name: fc.stringMatching(/^[a-z0-9](?:[a-z0-9._-]{0,180}[a-z0-9])?$/),
    platform: fc.constantFrom(...platforms),
  });
  const selector = (each: { name: string; platform: string }): string => JSON.stringify(each);
  fc.assert(
    fc.property(fc.uniqueArray(leg, { selector, minLength: 2, maxLength: 8 }), (legs) => {
      const tags = legs.flatMap(({ name, platform }) => {
        const { cache, newest, log } = legNames({ name }, parsePlatform(platform), template);
        return [cache, newest, log, stagedTag(newest, digestOf("x"))];
      });
      for (const tag of tags) expect(tag).toMatch(tagPattern);
      expect(new Set(tags).size).toBe(tags.length);
    }),
  );
});

test("long names that differ only at their end stay different", () => {
  const tags = ["a", "b"].flatMap((end) =>
    ["linux/amd64", "linux/arm64"].map((platform) => {
      const name = `${"x".repeat(200)}${end}`;
      return stagedTag(legNames({ name }, parsePlatform(platform), template).newest, digestOf("x"));
    }),
  );
  expect(new Set(tags).size).toBe(4);
  expect(tags.map((tag) => tag.length)).toEqual([128, 128, 128, 128]);
});

test("branches with the same slug stay different", () => {
  const ref = fc.string({ unit: fc.constantFrom("a", "B", "/", "-", ".", "_", "é"), minLength: 1 });
  fc.assert(
    fc.property(fc.uniqueArray(ref, { minLength: 2 }), (refs) => {
      const slugs = refs.map(refSlug);
      for (const slug of slugs) expect(`x${slug}`).toMatch(/^[A-Za-z0-9_-]+$/);
      expect(new Set(slugs).size).toBe(refs.length);
    }),
  );
});
