import { describe, expect, test } from "vitest";
import { cacheOf, configOf, contextOf, variantOf } from "../../../test/support/configs.ts";
import type { CacheConfig } from "../../config/config.ts";
import { parseRepository } from "../../oci/reference.ts";
import {
  allCacheWarnings,
  cacheOfVariant,
  cacheRefs,
  type CacheScope,
  cacheWarnings,
} from "./cache-refs.ts";
import type { Context, Trust } from "../../trust/context.ts";
import { legNames } from "../names.ts";

const cache = cacheOf();
const context = contextOf();

const trusted: Trust = {
  level: "trusted",
  reason: "",
  writesCaches: true,
  writesLegs: true,
  publishes: true,
  writesScratch: false,
  secrets: true,
};

const untrusted: Trust = {
  ...trusted,
  level: "untrusted",
  writesCaches: false,
  writesLegs: false,
  publishes: false,
  writesScratch: true,
  secrets: false,
};

const pullRequest: Partial<Context> = {
  event: "pull_request",
  branch: undefined,
  baseBranch: "v1",
  pullRequest: { number: 5, fork: true },
};

function refs(more: {
  cache?: Partial<CacheConfig>;
  context?: Partial<Context>;
  trust?: Trust;
  repository?: string | undefined;
}): unknown {
  const names = legNames({ name: "gpu" }, { os: "linux", architecture: "amd64" }, cache.tag);
  const scope: CacheScope = {
    cache: { ...cache, ...more.cache },
    context: { ...context, ...more.context },
    trust: more.trust ?? trusted,
    repository: "repository" in more ? more.repository : "ghcr.io/acme/cache",
    defaultBranch: "main",
  };
  return cacheRefs(names, scope);
}

function registry(
  tag: string,
  options: Record<string, string> = {},
  repository = "ghcr.io/acme/cache",
) {
  return { type: "registry", attributes: { ref: `${repository}:${tag}`, ...options } };
}

describe("each type names the leg's cache in its own way", () => {
  test.each<[string, Partial<CacheConfig>, unknown]>([
    [
      "registry",
      {},
      { from: [registry("cache-gpu-amd64")], to: [registry("cache-gpu-amd64", { mode: "max" })] },
    ],
    [
      "local, a folder for each leg",
      {
        type: "local",
        exportOptions: { dest: "./c/", mode: "max" },
        importOptions: { digest: "d" },
      },
      {
        from: [{ type: "local", attributes: { src: "./c/cache-gpu-amd64", digest: "d" } }],
        to: [{ type: "local", attributes: { dest: "./c/cache-gpu-amd64", mode: "max" } }],
      },
    ],
    [
      "inline, imported from the leg's newest build",
      { type: "inline", exportOptions: {} },
      { from: [registry("leg-gpu-amd64")], to: [{ type: "inline", attributes: {} }] },
    ],
    [
      "gha, a scope for each leg",
      { type: "gha" },
      {
        from: [{ type: "gha", attributes: { scope: "cache-gpu-amd64" } }],
        to: [{ type: "gha", attributes: { scope: "cache-gpu-amd64", mode: "max" } }],
      },
    ],
    [
      "s3, a name for each leg",
      {
        type: "s3",
        exportOptions: { bucket: "b", region: "r" },
        importOptions: { bucket: "b", region: "r" },
      },
      {
        from: [{ type: "s3", attributes: { name: "cache-gpu-amd64", bucket: "b", region: "r" } }],
        to: [{ type: "s3", attributes: { name: "cache-gpu-amd64", bucket: "b", region: "r" } }],
      },
    ],
    [
      "azblob",
      { type: "azblob", exportOptions: { account_url: "u" }, importOptions: { account_url: "u" } },
      {
        from: [{ type: "azblob", attributes: { name: "cache-gpu-amd64", account_url: "u" } }],
        to: [{ type: "azblob", attributes: { name: "cache-gpu-amd64", account_url: "u" } }],
      },
    ],
  ])("%s", (_, more, expected) => {
    expect(refs({ cache: more })).toEqual(expected);
  });
});

test("a release branch has a cache of its own, and reads the default branch's after it", () => {
  expect(refs({ context: { branch: "v1" } })).toEqual({
    from: [registry("cache-gpu-amd64.v1"), registry("cache-gpu-amd64")],
    to: [registry("cache-gpu-amd64.v1", { mode: "max" })],
  });
});

test("a pull request reads its base's cache, then the default branch's, and writes none", () => {
  expect(refs({ context: pullRequest, trust: untrusted })).toEqual({
    from: [registry("cache-gpu-amd64.v1"), registry("cache-gpu-amd64")],
    to: [],
  });
});

test("scratch is another repository: an untrusted run reads it first, and writes only to it", () => {
  const scratch = parseRepository("ghcr.io/acme/scratch");
  const own = "cache-gpu-amd64.pr-5";
  expect(refs({ cache: { scratch }, context: pullRequest, trust: untrusted })).toEqual({
    from: [
      registry(own, {}, "ghcr.io/acme/scratch"),
      registry("cache-gpu-amd64.v1"),
      registry("cache-gpu-amd64"),
    ],
    to: [registry(own, { mode: "max" }, "ghcr.io/acme/scratch")],
  });
  const nothing = { ...untrusted, writesScratch: false };
  expect(refs({ cache: { scratch }, context: pullRequest, trust: nothing })).toMatchObject({
    to: [],
  });
  expect(refs({ cache: { scratch } })).toEqual({
    from: [registry("cache-gpu-amd64")],
    to: [registry("cache-gpu-amd64", { mode: "max" })],
  });
});

test("a tag writes caches only when asked to, and those of the default branch", () => {
  const release = { branch: undefined, tag: "v1.0.0", ref: "refs/tags/v1.0.0" };
  expect(refs({ context: release, trust: { ...trusted, writesCaches: false } })).toEqual({
    from: [registry("cache-gpu-amd64")],
    to: [],
  });
});

test("a local run reads the default branch's cache whatever branch it is on", () => {
  const local: Trust = { ...trusted, level: "local" };
  expect(refs({ context: { branch: "topic" }, trust: local })).toEqual({
    from: [registry("cache-gpu-amd64")],
    to: [registry("cache-gpu-amd64", { mode: "max" })],
  });
});

test("without a repository there is no registry cache", () => {
  expect(refs({ repository: undefined })).toEqual({ from: [], to: [] });
});

test("further caches come last, with the leg's names in them", () => {
  const from = ["ghcr.io/old/cache:{name}-{platform}", "type=gha,scope=x{suffix}"];
  expect(refs({ cache: { from } })).toMatchObject({
    from: [
      registry("cache-gpu-amd64"),
      registry("gpu-amd64", {}, "ghcr.io/old/cache"),
      { type: "gha", attributes: { scope: "x-gpu" } },
    ],
  });
});

test.each([
  [{ mode: "max" }, []],
  [{ compression: "gzip" }, []],
  [{ compression: "zstd", "force-compression": "true" }, []],
  [
    { compression: "zstd" },
    [
      "cache: compression: zstd does not change layers that are already gzip-compressed; set force-compression: true to recompress them",
    ],
  ],
])("warns of what %j does not do", (exportOptions, expected) => {
  expect(cacheWarnings({ ...cache, exportOptions })).toEqual(expected);
});

describe("the cache of a variant", () => {
  const usual = cacheOf({ exportOptions: { mode: "max", compression: "zstd" }, from: ["r.io/a"] });
  const own = { used: true, exportOptions: { mode: "min" }, from: undefined };

  test.each([
    ["nothing changed", undefined, usual],
    ["no cache", { ...own, used: false }, undefined],
    ["an option", own, { ...usual, exportOptions: { mode: "min", compression: "zstd" } }],
    ["no more caches to read", { ...own, exportOptions: {}, from: [] }, { ...usual, from: [] }],
  ])("is the config's with %s", (_, changes, expected) => {
    expect(cacheOfVariant(usual, { cache: changes })).toEqual(expected);
  });

  test("is warned of once, with its variant", () => {
    const zstd = { used: true, exportOptions: { compression: "zstd" }, from: undefined };
    const variants = [
      variantOf("usual", { cache: own }),
      variantOf("none", { cache: { ...own, used: false } }),
      variantOf("small", { cache: zstd }),
    ];
    expect(allCacheWarnings(configOf({ variants }))).toEqual([
      expect.stringMatching(/^small: cache: compression: zstd does not change/),
    ]);
    expect(allCacheWarnings(configOf({ variants, cache: usual }))).toEqual([
      expect.stringMatching(/^cache: compression/),
    ]);
  });
});
