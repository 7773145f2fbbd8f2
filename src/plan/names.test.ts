import fc from "fast-check";
import { expect, test } from "vitest";
import { digestOf } from "../oci/digest.ts";
import { parsePlatform } from "../oci/platform.ts";
import { tagPattern } from "../oci/reference.ts";
import { boundedTag, legNames, refSlug, stagedTag } from "./names.ts";

const template = "cache{suffix}-{platform}";

test("names a leg and all that belongs to it", () => {
  const platform = parsePlatform("linux/arm/v7");
  expect(legNames({ name: "gpu-vllm" }, platform, template)).toEqual({
    id: "gpu-vllm/linux/arm/v7",
    suffix: "-gpu-vllm",
    platform: "arm-v7",
    cache: "cache-gpu-vllm-arm-v7",
    newest: "leg-gpu-vllm-arm-v7",
    log: "log-gpu-vllm-arm-v7",
  });
  expect(legNames({ name: "core" }, platform, "{name}.{platform}").cache).toBe("core.arm-v7");
});

test("a staged leg carries the first 40 digits of its input digest", () => {
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

test("texts that differ stay different as tags, however long or odd they are", () => {
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
