import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { UsageError } from "../errors.ts";
import type { Config, Variant } from "./config.ts";
import { ciOf, variantOf } from "../../test/support/configs.ts";
import { parseConfig } from "../../test/support/parse-config.ts";

const amd64 = { os: "linux", architecture: "amd64" };
const arm64 = { os: "linux", architecture: "arm64" };

function parse(text: string, vars: Readonly<Record<string, string>> = {}): Config {
  return parseConfig(text, "layerkeep.yml", vars);
}

function variants(text: string): readonly Variant[] {
  return parse(text).variants;
}

/** The problems as the user reads them, without the file's name. */
function problems(text: string, vars: Readonly<Record<string, string>> = {}): string[] {
  try {
    parse(text, vars);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return error.message.split("\n").map((line) => line.replace(/^layerkeep\.yml:\s?/, ""));
  }
  return [];
}

const plain = variantOf("app");

describe("parseConfig", () => {
  it.each([
    ["logs: false", false],
    ["logs: true", true],
    ["logs:", true],
    ["vars: {KEEP: no}\nlogs: false", false],
  ])("keeps step logs by %j: %s", (text, logs) => {
    expect(parse(`${text}\nvariants: {app: }`).logs).toBe(logs);
  });

  it("fills in the defaults of a short config", () => {
    expect(parse("variants: {app: }")).toEqual({
      file: resolve("layerkeep.yml"),
      root: resolve("."),
      branches: { default: undefined, release: [] },
      cache: {
        repository: undefined,
        scratch: undefined,
        type: "registry",
        tag: "cache{suffix}-{platform}",
        exportOptions: { mode: "max" },
        importOptions: {},
        from: [],
        writeOnTags: false,
        retention: { grace: 86_400_000, dirs: {} },
      },
      refresh: undefined,
      holdPins: false,
      builders: {},
      runners: {},
      logs: true,
      insecure: [],
      credentials: [],
      ci: ciOf(),
      jobs: [],
      dirs: [],
      variants: [plain],
      warnings: [],
    });
  });

  it("accepts short forms and platforms in any spelling", () => {
    const config = parse(`
cache: ghcr.io/acme/app-cache
publish: acme/app
refresh: {arg: REFRESH}
branches: {default: main, release: [release/*]}
builders: {linux/aarch64: arm, linux/amd64: [a, b]}
runners: {linux/arm64: ubuntu-24.04-arm}
insecure: [registry.lan:5000]
variants: {app: {platforms: "linux/amd64, linux/aarch64"}}
`);
    expect(config).toMatchObject({
      cache: { repository: { host: "ghcr.io", path: "acme/app-cache" } },
      refresh: { arg: "REFRESH", every: "week", command: undefined },
      branches: { default: "main", release: ["release/*"] },
      builders: { "linux/arm64": ["arm"], "linux/amd64": ["a", "b"] },
      runners: { "linux/arm64": "ubuntu-24.04-arm" },
      insecure: ["registry.lan:5000"],
      variants: [{ platforms: [amd64, arm64] }],
    });
    expect(config.variants[0]?.publish).toEqual([
      {
        repository: "docker.io/acme/app",
        suffix: "-app",
        tags: [
          expect.objectContaining({ type: "schedule", pattern: "nightly" }),
          expect.objectContaining({ type: "ref", event: "branch" }),
          expect.objectContaining({ type: "ref", event: "tag" }),
          expect.objectContaining({ type: "ref", event: "pr", prefix: "pr-" }),
        ],
        flavor: {
          latest: "auto",
          prefix: "",
          prefixLatest: false,
          prefixNamed: false,
          suffix: "",
          suffixLatest: false,
          suffixNamed: false,
        },
        shape: "index",
        annotations: {},
      },
    ]);
  });

  it("reads tag rules and flavors in metadata-action's line format, too", () => {
    const [app] = variants(`
publish:
  repository: ghcr.io/acme/{name}
  tags: |
    # releases
    type=semver,pattern={{version}}

    type=sha
  flavor: |
    latest=false
  shape: manifest
  annotations: {org.opencontainers.image.title: App}
variants: {app: }
`);
    expect(app?.publish[0]).toMatchObject({
      repository: "ghcr.io/acme/app",
      suffix: "",
      tags: [{ type: "semver" }, { type: "sha" }],
      flavor: { latest: "false" },
      shape: "manifest",
      annotations: { "org.opencontainers.image.title": "App" },
    });
  });

  it("accepts a refresh command instead of a period", () => {
    expect(parse("refresh: {arg: R, command: date +%j}\nvariants: {app: }").refresh).toEqual({
      arg: "R",
      every: "command",
      command: "date +%j",
    });
  });

  it("keeps numbers and booleans in arguments as written", () => {
    const [variant] = variants(
      "variants: {app: {args: {PORT: 80, VERSION: 1.10, HEX: 0x1F, YES: yes, DEBUG: True, E: ''}}}",
    );
    expect(variant?.args).toEqual({
      PORT: "80",
      VERSION: "1.10",
      HEX: "0x1F",
      YES: "yes",
      DEBUG: "True",
      E: "",
    });
  });

  it("distinguishes an empty value from the string null", () => {
    const [variant] = variants(
      "variants: {app: {target: ~, network: null, dockerfile: , args: {A: 'null', B: \"~\"}}}",
    );
    expect(variant).toEqual({ ...plain, args: { A: "null", B: "~" } });
  });

  it("inherits defaults: maps are merged, the rest is replaced, and an empty text clears", () => {
    const [a, b] = variants(`
defaults:
  context: images/{name}
  target: final
  args: {A: one, B: two}
  platforms: [linux/amd64, linux/arm64]
variants:
  a: {args: {B: three}, platforms: [linux/arm64]}
  b: {target: "", context: b}
`);
    expect(a).toEqual({
      ...plain,
      name: "a",
      suffix: "-a",
      context: "images/a",
      dockerfile: "images/a/Dockerfile",
      target: "final",
      args: { A: "one", B: "three" },
      platforms: [arm64],
      line: 8,
    });
    expect(b).toMatchObject({ target: undefined, context: "b", dockerfile: "b/Dockerfile" });
  });

  it("accepts arguments and runners of one platform, and inherits those of the platforms that it builds", () => {
    const found = variants(`
defaults:
  platforms: [linux/amd64, linux/arm64]
  platform-args: {linux/arm64: {BASE: arm, TOOLS: a}, windows/amd64: {BASE: win}}
variants:
  app:
    args: {BASE: amd}
    platform-args: {linux/aarch64: {JOBS: 8}, linux/arm64: {TOOLS: "{name}"}}
    runners: {linux/aarch64: big-arm}
`);
    expect(found).toEqual([
      {
        ...plain,
        platforms: [amd64, arm64],
        args: { BASE: "amd" },
        platformArgs: { "linux/arm64": { BASE: "arm", TOOLS: "app", JOBS: "8" } },
        runners: { "linux/arm64": "big-arm" },
        line: 6,
      },
    ]);
  });

  it("merges defaults with a variant's keys that are spelt differently and mean the same", () => {
    const [app] = variants(`
defaults:
  platforms: [linux/arm64]
  platform-args: {linux/arm64: {BASE: a, TOOLS: a}}
  contexts: {"alpine:latest": one, "docker.io/library/debian": two}
variants:
  app:
    platform-args: {linux/arm64/v8: {BASE: b}}
    contexts: {alpine: own}
`);
    expect(app?.platformArgs).toEqual({ "linux/arm64": { BASE: "b", TOOLS: "a" } });
    expect(app?.contexts).toEqual({ alpine: "own", "docker.io/library/debian": "two" });
  });

  it("gives arguments and runners by platform to those of a matrix's variants that have it", () => {
    const found = variants(`
variants:
  app:
    matrix: {arch: [amd64, arm64]}
    platforms: "linux/{arch}"
    platform-args: {linux/arm64: {A: b}}
    runners: {linux/arm64: big}
`);
    expect(found.map(({ platformArgs, runners }) => ({ platformArgs, runners }))).toEqual([
      { platformArgs: {}, runners: {} },
      { platformArgs: { "linux/arm64": { A: "b" } }, runners: { "linux/arm64": "big" } },
    ]);
  });

  it("fills names of contexts, and one runner for all platforms, from a matrix", () => {
    const found = variants(`
runners: {linux/arm64: arm}
variants:
  base:
  app:
    matrix:
      include:
        - {on: linux/amd64, runs-on: big, from: "r.io/base:1"}
        - {on: linux/arm64, runs-on: "", from: ""}
    name: "app{runs-on}"
    platforms: "{on}"
    runners: "{runs-on}"
    contexts: {"{from}": "variant:base", lib: lib}
`);
    expect(found.map(({ contexts, runners }) => ({ contexts, runners }))).toEqual([
      { contexts: {}, runners: {} },
      {
        contexts: { "r.io/base:1": "variant:base", lib: "lib" },
        runners: { "linux/amd64": "big" },
      },
      { contexts: { lib: "lib" }, runners: {} },
    ]);
  });

  it("changes the file's cache for a variant, for all by defaults, or leaves it out", () => {
    const found = variants(`
cache: {repository: ghcr.io/acme/cache, compression: gzip}
defaults: {cache: {mode: min, from: ["r.io/c:{name}-{platform}"]}}
variants:
  usual:
  own: {cache: {compression: zstd, compression-level: 3}}
  none: {cache: false}
  file: {cache: true}
`);
    expect(found.map(({ name, cache }) => [name, cache])).toEqual([
      ["usual", { used: true, exportOptions: { mode: "min" }, from: ["r.io/c:{name}-{platform}"] }],
      [
        "own",
        {
          used: true,
          exportOptions: { compression: "zstd", "compression-level": "3" },
          from: undefined,
        },
      ],
      ["none", { used: false, exportOptions: {}, from: undefined }],
      ["file", undefined],
    ]);
  });

  it("accepts names that every JavaScript object has", () => {
    const [app, axis] = variants(`
x-args: &args {toString: merged, valueOf: merged}
defaults: {args: {toString: default}}
variants:
  app:
    args: {<<: *args, hasOwnProperty: own}
    platform-args: {linux/amd64: {toString: a, isPrototypeOf: b}}
    contexts: {hasown: here}
  axis:
    matrix: {toString: [a], include: [{b: c}]}
    args: {A: "{toString}{b}"}
`);
    expect(app?.args).toEqual({ toString: "merged", valueOf: "merged", hasOwnProperty: "own" });
    expect(app?.platformArgs).toEqual({ "linux/amd64": { toString: "a", isPrototypeOf: "b" } });
    expect(axis).toMatchObject({ name: "axis-a-c", args: { A: "ac", toString: "default" } });
  });

  it("adds arguments by the runner's label, over those of the platform; later patterns win", () => {
    const [app, other] = variants(`
runners: {linux/amd64: ubuntu-24.04, linux/arm64: self-hosted}
defaults:
  platforms: [linux/amd64, linux/arm64]
  args: {MIRROR: none, KEPT: "1"}
  platform-args: {linux/amd64: {MIRROR: platform, ARCH: amd}}
  runner-args:
    "ubuntu-*": {MIRROR: azure, BY: default}
    "ubuntu-24.??": {MIRROR: noble}
variants:
  app:
    runner-args: {"ubuntu-*": {MIRROR: "own-{name}"}, "*": {ANY: "yes"}}
  other:
    runners: {linux/amd64: ubuntu-22.04, linux/arm64: ubuntu-24.04-arm}
`);
    expect(app?.platformArgs).toEqual({
      "linux/amd64": { MIRROR: "own-app", ARCH: "amd", BY: "default", ANY: "yes" },
      "linux/arm64": { ANY: "yes" },
    });
    expect(other?.platformArgs).toEqual({
      "linux/amd64": { MIRROR: "azure", ARCH: "amd", BY: "default" },
      "linux/arm64": { MIRROR: "azure", BY: "default" },
    });
    expect(app?.args).toEqual({ MIRROR: "none", KEPT: "1" });
  });

  it("ignores inherited patterns without a matching runner, and legs without a runner", () => {
    const [app] = variants(
      'defaults: {runner-args: {"*": {A: b}, big: {A: c}}}\nvariants: {app: }',
    );
    expect(app?.platformArgs).toEqual({});
  });

  it("needs a matching runner in one variant of a matrix, not in each", () => {
    const made = variants(`
variants:
  app:
    matrix: {size: [big, small]}
    runners: {linux/amd64: "{size}-runner"}
    runner-args: {"big-*": {JOBS: 64}}
`);
    expect(made.map(({ name, platformArgs }) => [name, platformArgs])).toEqual([
      ["app-big", { "linux/amd64": { JOBS: "64" } }],
      ["app-small", {}],
    ]);
  });

  it("expands a matrix, replacing its keys and the name in strings", () => {
    const made = variants(`
variants:
  gpu:
    matrix: {cuda: ["11", "12"], os: [a, b], exclude: [{cuda: "11", os: b}]}
    name: "gpu-{os}-cuda{cuda}"
    args: {CUDA: "{cuda}", JSON: '{"a": {cuda}}', OTHER: "{{cuda}} {none}"}
    labels: {title: "{name}"}
`);
    expect(
      made.map(({ name, suffix, args, labels }) => [name, suffix, args["CUDA"], labels]),
    ).toEqual([
      ["gpu-a-cuda11", "-gpu-a-cuda11", "11", { title: "gpu-a-cuda11" }],
      ["gpu-a-cuda12", "-gpu-a-cuda12", "12", { title: "gpu-a-cuda12" }],
      ["gpu-b-cuda12", "-gpu-b-cuda12", "12", { title: "gpu-b-cuda12" }],
    ]);
    expect(made[0]?.args).toEqual({
      CUDA: "11",
      JSON: '{"a": 11}',
      OTHER: "{{cuda}} {none}",
    });
  });

  it("names a matrix's variants by their values if no name is given", () => {
    const made = variants("variants: {gpu: {matrix: {cuda: [11, 12.0]}}}");
    expect(made.map(({ name }) => name)).toEqual(["gpu-11", "gpu-12.0"]);
  });

  it("gives the variant core no suffix, unless one is set", () => {
    const made = variants("variants: {core: , gpu: {suffix: -gpu-nvidia}, cpu: {suffix: -c}}");
    expect(made.map(({ suffix }) => suffix)).toEqual(["", "-gpu-nvidia", "-c"]);
  });

  it("accepts every option of buildx", () => {
    const [variant] = variants(`
variants:
  app:
    dockerfile: ./docker//app.Dockerfile
    context: ../app/
    contexts: {base: docker-image://alpine, src: ./src/}
    secrets: ["id=npm,env=NPM_TOKEN", "id=key,src=key.pem"]
    ssh: [default]
    inputs: ["src/**"]
    network: none
    shm-size: 64m
    ulimits: ["nofile=1024:2048"]
    allow: [network.host]
    add-hosts: ["db:10.0.0.7"]
    sbom: true
    provenance: false
`);
    expect(variant).toEqual({
      ...plain,
      dockerfile: "docker/app.Dockerfile",
      context: "../app",
      contexts: { base: "docker-image://alpine", src: "src" },
      secrets: ["id=npm,env=NPM_TOKEN", "id=key,src=key.pem"],
      ssh: ["default"],
      inputs: ["src/**"],
      network: "none",
      shmSize: "64m",
      ulimits: ["nofile=1024:2048"],
      allow: ["network.host"],
      addHosts: ["db:10.0.0.7"],
      sbom: true,
      provenance: "false",
      line: 3,
    });
  });

  it("takes the generator of SBOMs, with placeholders", () => {
    const { variants } = parse(`defaults: { sbom: { generator: "acme/scan-{name}:1" } }
variants: { app: {}, plain: { sbom: true } }
`);
    expect(variants.map(({ sbom }) => sbom)).toEqual([{ generator: "acme/scan-app:1" }, true]);
  });

  it("takes cache mounts by name, with placeholders, or all of them", () => {
    const { variants } = parse(`defaults: { mounts: true }
variants: { app: {}, one: { mounts: ["{name}-apt", /root/.cache] }, none: { mounts: false } }
`);
    expect(variants.map(({ mounts }) => mounts)).toEqual([true, ["one-apt", "/root/.cache"], []]);
  });

  it("keeps the address of a remote context", () => {
    expect(variants("variants: {app: {context: 'https://x.org/a.git#main:sub'}}")[0]).toMatchObject(
      {
        context: "https://x.org/a.git#main:sub",
        dockerfile: "Dockerfile",
      },
    );
  });

  it("replaces variables, preferring the values that are passed in", () => {
    const text = `
vars: {HOST: ghcr.io, REGISTRY: "\${HOST}/acme", ON: , EXTRA: }
cache: {repository: "\${REGISTRY}/cache", write-on-tags: "\${ON:-true}"}
variants: {app: {args: {A: "$$x \${EXTRA}"}}}
`;
    const config = parse(text, { HOST: "quay.io", EXTRA: "e" });
    expect(config.cache).toMatchObject({
      repository: { host: "quay.io", path: "acme/cache" },
      writeOnTags: true,
    });
    expect(config.variants[0]?.args).toEqual({ A: "$x e" });
  });

  it("reads how long caches are kept, and reports what is wrong", () => {
    const { cache } = parse(
      "cache: {retention: {orphaned: 7d, unused: 30d, legs: 3, max-size: 200GB, grace: 1h, dirs: {older-than: 2w, keep-last: 5, max-size: 20GB}}}\nvariants: {app: }",
    );
    expect(cache.retention).toEqual({
      orphaned: 604_800_000,
      unused: 2_592_000_000,
      legs: 3,
      maxSize: 2e11,
      grace: 3_600_000,
      dirs: { olderThan: 1_209_600_000, keepLast: 5, maxSize: 2e10 },
    });
    expect(() =>
      parse("cache: {retention: {unused: 1y, legs: 0, max-size: 5}}\nvariants: {app: }"),
    ).toThrow(
      /1:29: cache.retention.unused: "1y" is not valid. Use 0, or a number with s, m, h, d or w.*\n.*1:39: cache.retention.legs: "0" is not valid. Use an integer from 1.*\n.*MB, GB/,
    );
    expect(() =>
      parse("cache: {retention: {dirs: {keep-last: 0, max-age: 3d}}}\nvariants: {app: }"),
    ).toThrow(/unknown key "max-age" in cache.retention.dirs/);
    expect(() => parse("cache: {retention: {dirs: {keep-last: 0}}}\nvariants: {app: }")).toThrow(
      'cache.retention.dirs.keep-last: "0" is not valid. Use an integer from 1',
    );
  });

  it("follows anchors, aliases and merge keys", () => {
    const [a, b] = variants(`
x-common: &common {args: {A: "1"}, target: t}
x-more: &more {target: u, network: none}
variants:
  a: {<<: *common, target: mine}
  b: {<<: [*common, *more]}
`);
    expect([a?.args, a?.target, b?.args, b?.target, b?.network]).toEqual([
      { A: "1" },
      "mine",
      { A: "1" },
      "t",
      "none",
    ]);
  });
});

describe("the cache", () => {
  const cacheOf = (text: string) => parse(`cache: ${text}\nvariants: {app: }`).cache;

  it.each([
    [
      "{compression: zstd, compression-level: 3, image-manifest: true, ignore-error: true}",
      {
        mode: "max",
        compression: "zstd",
        "compression-level": "3",
        "image-manifest": "true",
        "ignore-error": "true",
      },
      {},
    ],
    [
      "{mode: min, registry.insecure: true}",
      { mode: "min", "registry.insecure": "true" },
      { "registry.insecure": "true" },
    ],
    [
      `{type: local, dest: ./cache/, export: {tag: new}, import: {digest: "sha256:${"a".repeat(64)}", tag: old}}`,
      { mode: "max", dest: "cache", tag: "new" },
      { src: "cache", digest: `sha256:${"a".repeat(64)}`, tag: "old" },
    ],
    ["{type: local, dest: /c, src: /d}", { mode: "max", dest: "/c" }, { src: "/d" }],
    ["{type: inline}", {}, {}],
    ["{type: gha, timeout: 5m}", { mode: "max", timeout: "5m" }, { timeout: "5m" }],
    [
      "{type: s3, bucket: b, region: eu, retry_mode: adaptive, retry_max_attempts: 5, disable_accept_encoding: true}",
      {
        mode: "max",
        bucket: "b",
        region: "eu",
        retry_mode: "adaptive",
        retry_max_attempts: "5",
        disable_accept_encoding: "true",
      },
      {
        bucket: "b",
        region: "eu",
        retry_mode: "adaptive",
        retry_max_attempts: "5",
        disable_accept_encoding: "true",
      },
    ],
    [
      "{type: s3, bucket: b, region: eu, touch_refresh: 1h}",
      { mode: "max", bucket: "b", region: "eu", touch_refresh: "1h" },
      { bucket: "b", region: "eu" },
    ],
    [
      "{type: azblob, account_url: 'https://x'}",
      { mode: "max", account_url: "https://x" },
      { account_url: "https://x" },
    ],
  ])("reads %s", (text, exportOptions, importOptions) => {
    expect(cacheOf(text)).toMatchObject({ exportOptions, importOptions });
    expect(cacheOf(text).exportOptions).toEqual(exportOptions);
    expect(cacheOf(text).importOptions).toEqual(importOptions);
  });

  it("keeps templates of additional caches to read", () => {
    const from = ["ghcr.io/acme/cache:old{suffix}-{platform}", "type=gha,scope={name}"];
    expect(cacheOf(JSON.stringify({ from })).from).toEqual(from);
  });

  it.each([
    [
      "{typ: gha}",
      '1:9: caches of type registry do not support the "typ" option (did you mean "type"?)',
    ],
    [
      "{type: ghq}",
      '1:15: cache.type must be registry, local, inline, gha, s3 or azblob, not "ghq" (did you mean "gha"?)',
    ],
    [
      "{bucket: x}",
      '1:9: caches of type registry do not support the "bucket" option (s3 has it; registry has mode, ignore-error, image-manifest, oci-mediatypes, compression, compression-level, force-compression, registry.insecure)',
    ],
    [
      "{type: inline, mode: max}",
      '1:23: caches of type inline do not support the "mode" option (registry, local, gha, s3, azblob have it; inline has none)',
    ],
    ["{mode: all}", '1:15: mode must be min or max, not "all"'],
    ["{compression-level: high}", '1:28: compression-level must be a number, not "high"'],
    ["{ref: ghcr.io/x/y}", "1:9: Layerkeep sets ref for each leg (set cache.repository)"],
    ["{type: gha, scope: x}", "1:20: Layerkeep sets scope for each leg (set cache.tag)"],
    [
      "{type: gha, token: abc}",
      "1:20: this file must not contain the secret token (set ACTIONS_RUNTIME_TOKEN in the build's environment instead)",
    ],
    [
      "{type: azblob, account_url: https://x, secret_access_key: abc}",
      "1:47: this file must not contain the secret secret_access_key (BuildKit reads the key for azblob only from this attribute, so it would not stay secret. Give the engine an identity instead: set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET in its environment, or use a managed identity)",
    ],
    [
      "{type: s3, bucket: b, region: r, secret_access_key: abc}",
      "1:41: this file must not contain the secret secret_access_key (set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN in the build's environment, or a profile with AWS_PROFILE)",
    ],
    [
      "{type: s3, bucket: b, region: r, retry_max_attempts: 0}",
      '1:61: retry_max_attempts must be a number greater than 0, not "0"',
    ],
    [
      "{type: s3, bucket: b, region: r, retry_mode: fast}",
      '1:53: retry_mode must be standard or adaptive, not "fast"',
    ],
    ["{type: local}", "1:1: a cache of type local needs dest"],
    ["{type: s3, bucket: b}", "1:1: a cache of type s3 needs region"],
    [
      "{import: {mode: max}}",
      '1:18: caches of type registry do not support the "mode" option for import (registry, local, gha, s3, azblob have it; registry has registry.insecure)',
    ],
    [
      '{tag: "cache-{platform}"}',
      '1:14: "cache-{platform}" produces the same tag for multiple legs (add {platform} and either {suffix} or {name}, as in cache{suffix}-{platform})',
    ],
    [
      '{tag: "c{sufix}-{platform}"}',
      '1:14: "c{sufix}-{platform}" contains {sufix}, which is not defined (did you mean "suffix"?)',
    ],
    [
      '{tag: "a/{name}-{platform}"}',
      '1:14: "a/{name}-{platform}" is not a valid tag (use only letters, digits, _, . and -; the first character cannot be . or -)',
    ],
    [
      "{repository: ghcr.io/a/b, scratch: ghcr.io/a/b}",
      "1:43: cache.scratch is the same as cache.repository (untrusted runs write to scratch, so trusted runs must never read it: use another repository)",
    ],
    [
      "ghcr.io/acme/App",
      '1:8: "ghcr.io/acme/App" is not an image reference: "acme/App" is not a repository name (use lowercase: acme/app)',
    ],
    [
      "{from: [type=registry]}",
      '1:16: "type=registry" is not a valid cache source: type=registry needs ref (use type=registry,ref=HOST/REPOSITORY:TAG, or only the reference)',
    ],
    ["[a]", "1:8: cache must be a string or a map, not a list"],
  ])("refuses %s", (text, problem) => {
    expect(problems(`cache: ${text}\nvariants: {app: }`)).toEqual([problem]);
  });
});

describe("a problem", () => {
  it.each([
    // The file
    [
      "",
      [
        "the config has no variants (add at least one variant, such as variants: {app: {context: .}})",
      ],
    ],
    [
      "- a",
      [
        "the file must be a map with variants",
        "the config has no variants (add at least one variant, such as variants: {app: {context: .}})",
      ],
    ],
    [
      "variants: {}",
      [
        "1:1: the config has no variants (add at least one variant, such as variants: {app: {context: .}})",
      ],
    ],
    [
      "a: [1\nb: 2",
      [
        "2:1: invalid YAML: flow sequence in block collection must be sufficiently indented and end with a ]",
      ],
    ],
    [
      "variants: {app: {args: {A: ${B}}}}",
      [
        "1:29: invalid YAML: unexpected flow-map-start at node end (put quotes around a string with ${…} inside { } or [ ])",
      ],
    ],
    ["variants: {app: !x {}}", ["1:17: invalid YAML: unresolved tag: !x"]],
    [
      "---\nvariants: {app: }\n---\n",
      ["3:1: invalid YAML: the file contains more than one document (---)"],
    ],
    ["variants: {app: &a {args: *a}}", ["1:27: the alias *a refers to a value that contains it"]],
    [
      "variants: {app: }\ncache: a/b\nvariants: {b: }",
      ['3:1: the key "variants" is set twice (also on line 1)'],
    ],
    [
      "variants:\n  a: {target: x}\n  b:\n  a: {target: y}",
      ['4:3: the key "a" is set twice (also on line 2)'],
    ],
    ["variants: {app: , __proto__: }", ['1:19: "__proto__" cannot be a key']],
    [
      "variants: {app: {? [a] : b}}",
      [
        '1:20: a key must be a string (put quotes around a string that begins with {, as in "{name}")',
      ],
    ],
    [
      "variants: {app: {<<: 3}}",
      ["1:18: << must be an alias for a map, or a list of such aliases"],
    ],
    // Keys and kinds
    ["varients: {}\nvariants: {app: }", ['1:1: unknown key "varients" (did you mean "variants"?)']],
    [
      "volumes: {}\nvariants: {app: }",
      [
        '1:1: unknown key "volumes" (expected one of vars, cache, refresh, pins, branches, builders, runners, logs, insecure, credentials, ci, dirs, defaults, publish, preview, import, variants, jobs)',
      ],
    ],
    [
      "variants: {app: {plaforms: x, contxt: y}}",
      [
        '1:18: unknown key "plaforms" in variants.app (did you mean "platforms"?)',
        '1:31: unknown key "contxt" in variants.app (did you mean "context"?)',
      ],
    ],
    [
      "variants: [{name: a}]",
      [
        "1:11: variants must be a map of names, not a list (use server: under variants instead of - name: server)",
      ],
    ],
    [
      "variants: app",
      [
        '1:11: variants must be a map, not "app" (add at least one variant, such as variants: {app: {context: .}})',
      ],
    ],
    ["variants: {app: [x]}", ["1:17: variants.app must be a map, not a list"]],
    [
      "variants: {app: {platforms: {a: b}}}",
      ["1:29: variants.app.platforms must be a string or a list, not a map"],
    ],
    [
      "variants: {app: {context: {name}}}",
      [
        '1:27: variants.app.context must be a string, not a map (put quotes around a string that begins with {: "{name}")',
      ],
    ],
    [
      "variants: {app: {args: {A: }}}",
      ['1:28: variants.app.args.A has no value (use "" for an empty string)'],
    ],
    [
      "variants: {app: {args: {A: [1]}}}",
      ["1:28: variants.app.args.A must be a string, not a list"],
    ],
    ["variants: {app: {args: [A]}}", ["1:24: variants.app.args must be a map, not a list"]],
    [
      'variants: {app: {contexts: {"alpine::linux/amd64": a}}}',
      [
        '1:29: a named context cannot be limited to one platform: "alpine::linux/amd64" (buildx rejects such names; use "alpine", in a variant for that platform)',
      ],
    ],
    [
      "variants: {app: {contexts: {Lib: a, x_: b}}}",
      [
        '1:29: "Lib" is not a valid context name (use a lowercase stage or image name, such as lib or alpine:3)',
        '1:37: "x_" is not a valid context name (use a lowercase stage or image name, such as lib or alpine:3)',
      ],
    ],
    [
      'variants: {app: {contexts: {alpine: a, "alpine:latest": b}}}',
      ["1:57: the context alpine:latest is defined twice (use each name only once)"],
    ],
    ["variants: {app: {sbom: yes}}", ['1:24: variants.app.sbom must be true or false, not "yes"']],
    ["variants: {app: {sbom: {}}}", ['1:18: variants.app.sbom needs the key "generator"']],
    [
      "variants: {app: {sbom: {generator: a, mode: b}}}",
      ['1:39: unknown key "mode" in variants.app.sbom (expected one of generator)'],
    ],
    [
      "variants: {app: {sbom: {generator: acme/Scanner}}}",
      [
        '1:36: "acme/Scanner" is not an image reference: "acme/Scanner" is not a repository name (use lowercase: acme/scanner)',
      ],
    ],
    [
      "variants: {app: {network: hots}}",
      [
        '1:27: variants.app.network must be default, none or host, not "hots" (did you mean "host"?)',
      ],
    ],
    // Variables
    [
      "vars: {A: b}\nvariants: {app: {target: 'x-${AB}'}}",
      ['2:26: ${AB} is not declared in vars (did you mean "A"?)'],
    ],
    [
      "variants: {app: {target: '${A}'}}",
      ["1:26: ${A} is not declared in vars (declare it under vars, or use $${A} for literal text)"],
    ],
    [
      "vars: {A: }\nvariants: {app: {target: '${A}'}}",
      ["2:26: ${A} has no value (pass --var A=…, set LAYERKEEP_VAR_A, or set it under vars)"],
    ],
    [
      "vars: {a b: c}\nvariants: {app: }",
      [
        '1:8: "a b" is not a valid variable name (use letters, digits and _, not starting with a digit)',
      ],
    ],
    // Values of variants
    [
      "variants: {app: {platforms: [linux/amd65]}}",
      ['1:30: "linux/amd65" is not a platform (did you mean linux/amd64?)'],
    ],
    [
      "variants: {app: {platforms: [linux/arm64, linux/aarch64]}}",
      ["1:43: the platform linux/arm64 is listed twice"],
    ],
    [
      "variants: {app: {platforms: []}}",
      ["1:29: platforms is empty (remove it to build for linux/amd64)"],
    ],
    [
      "variants: {app/x: }",
      [
        '1:12: the variant name "app/x" cannot be used in a tag (use only letters, digits, _, . and -; the first character cannot be . or -)',
      ],
    ],
    [
      "variants: {app: {suffix: +x}}",
      ['1:26: the suffix "+x" cannot be part of a tag (use letters, digits, _, . and -)'],
    ],
    [
      "variants: {app: {dockerfile: /etc/x}}",
      [
        '1:30: the path "/etc/x" is absolute (use a path relative to the config\'s folder, so that it works on every machine)',
      ],
    ],
    [
      "variants: {app: {context: 'a\\b'}}",
      ['1:27: the path "a\\b" contains a backslash (write a/b)'],
    ],
    [
      "variants: {app: {args: {A B: x}}}",
      [
        '1:25: "A B" is not a valid build argument name (use letters, digits and _, not starting with a digit)',
      ],
    ],
    [
      "variants: {app: {labels: {quay.expires-after: 1d}}}",
      [
        "1:27: the label quay.expires-after would make Quay delete published images (Quay applies the labels of an image to its index, too, so the entire index would expire: remove the label)",
      ],
    ],
    [
      "variants: {app: {secrets: ['id=npm,value=ghp_1']}}",
      [
        "1:28: unknown attribute value: a secret must be a reference (refer to the secret: id=npm,env=NPM_TOKEN or id=key,src=key.pem)",
      ],
    ],
    [
      "variants: {app: {secrets: [ghp_1]}}",
      [
        "1:28: a secret must be a reference (refer to the secret: id=npm,env=NPM_TOKEN or id=key,src=key.pem)",
      ],
    ],
    [
      "variants: {app: {secrets: [ghp=1]}}",
      [
        "1:28: a secret must be a reference (refer to the secret: id=npm,env=NPM_TOKEN or id=key,src=key.pem)",
      ],
    ],
    [
      "variants: {app: {secrets: ['id=npm,Zx9+/Q==']}}",
      [
        "1:28: a secret must be a reference (refer to the secret: id=npm,env=NPM_TOKEN or id=key,src=key.pem)",
      ],
    ],
    [
      "variants: {app: {secrets: ['id=npm,type=vault']}}",
      [
        "1:28: the type of a secret must be env or file (refer to the secret: id=npm,env=NPM_TOKEN or id=key,src=key.pem)",
      ],
    ],
    [
      "variants: {app: {secrets: ghp_1}}",
      ["1:27: variants.app.secrets must be a list, not a string"],
    ],
    [
      "variants: {app: {secrets: ['env=A']}}",
      [
        "1:28: this secret has no id (refer to the secret: id=npm,env=NPM_TOKEN or id=key,src=key.pem)",
      ],
    ],
    [
      "variants: {app: {ssh: ['a b']}}",
      [
        "1:24: this is not a reference to an ssh agent or key (use default, or ID=PATH with the path of a socket or key)",
      ],
    ],
    ["variants: {app: {inputs: [../x]}}", ['1:27: "../x" is not a glob within the context']],
    [
      "variants: {app: {inputs: [src, '!../x']}}",
      ['1:32: "!../x" is not a glob within the context'],
    ],
    ["variants: {app: {inputs: [src, '!']}}", ['1:32: "!" is not a glob within the context']],
    ["variants: {app: {inputs: ['!docs']}}", [leavesOutAll(26)]],
    ["variants: {app: {inputs: [' !docs', '!a/*']}}", [leavesOutAll(26)]],
    ["variants: {app: {inputs: [src, '!**']}}", [leavesOutAll(26)]],
    ["defaults: {inputs: ['!docs']}\nvariants: {a: , b: }", [leavesOutAll(20)]],
    [
      "variants: {app: {mounts: [a b]}}",
      [
        '1:27: "a b" is not the id or the target of a cache mount (use the id of a RUN --mount=type=cache, or its target, such as /root/.cache/ccache)',
      ],
    ],
    [
      "variants: {app: {ulimits: [nofile]}}",
      ['1:28: "nofile" is not a valid ulimit (use a value such as nofile=1024:2048)'],
    ],
    [
      "variants: {app: {allow: [root]}}",
      ['1:26: unknown entitlement "root" (use network.host, security.insecure or device)'],
    ],
    [
      "variants: {app: {add-hosts: [db]}}",
      ['1:30: "db" is not a valid host entry (use name:address, such as db:10.0.0.7)'],
    ],
    [
      "variants: {app: {shm-size: big}}",
      ['1:28: "big" is not a valid size (use a size such as 64m or 2gb)'],
    ],
    [
      "defaults: {platforms: [linux]}\nvariants: {a: , b: }",
      [
        '1:24: "linux" is not a platform (use os/architecture or os/architecture/variant, such as linux/amd64, linux/arm64 or linux/arm/v7)',
      ],
    ],
    // Matrices
    [
      "variants: {gpu: {matrix: {a: [1, 2]}, name: gpu}}",
      ['1:12: the variant "gpu" is defined twice (use all keys of the matrix in name)'],
    ],
    [
      "variants: {gpu: {matrix: {cuda: [1, 2]}, name: 'gpu-{cud}'}}",
      ['1:48: unknown field {cud} (did you mean "cuda"?)'],
    ],
    [
      "variants: {gpu: {matrix: {cuda: [1]}, target: '{os}'}}",
      ["1:47: unknown field {os} (expected one of cuda, name)"],
    ],
    [
      "variants: {gpu: {name: x}}",
      [
        "1:18: variants.gpu sets name, but has no matrix (remove name: the key of a variant is its name)",
      ],
    ],
    [
      "variants: {gpu: {matrix: {cuda: 11}}}",
      ["1:33: variants.gpu.matrix.cuda must be a list, not a string"],
    ],
    [
      "variants: {a-b: , a: {matrix: {x: [b]}}}",
      ['1:19: the variant "a-b" is defined twice (it is also defined on line 1)'],
    ],
    // What is shared
    [
      "publish: h.io/app\nvariants:\n  a: {suffix: -x}\n  b: {suffix: -x}",
      [
        '4:15: the variants "a" and "b" have the same suffix "-x" and would publish the same tags to h.io/app ("a" is defined on line 3)',
      ],
    ],
    [
      "variants:\n  x: {platforms: windows/amd64}\n  x-windows: ",
      [
        "3:3: the legs x/windows/amd64 and x-windows/linux/amd64 would share the tag cache-x-windows-amd64 (rename one of the variants)",
        "3:3: the legs x/windows/amd64 and x-windows/linux/amd64 would share the tag leg-x-windows-amd64 (rename one of the variants)",
      ],
    ],
    [
      "publish: 'ghcr.io/acme/{name}'\nvariants: {App: }",
      [
        '2:12: variant "App" cannot be published: "ghcr.io/acme/App" is not an image reference: "acme/App" is not a repository name (use lowercase: acme/app)',
      ],
    ],
    [
      "publish: {repository: a/b, shape: manifest}\nvariants: {app: {platforms: [linux/amd64, linux/arm64]}}",
      [
        '2:12: the variant "app" has 2 platforms, but is published to docker.io/a/b as a manifest (remove shape: manifest, which supports only one platform, or build for one platform)',
      ],
    ],
    [
      "refresh: {arg: R}\nvariants: {app: {args: {R: x}}}",
      [
        "2:25: refresh already sets the argument R (remove it here, or use another name in refresh.arg)",
      ],
    ],
    [
      "refresh: {arg: R}\nvariants: {app: {platform-args: {linux/amd64: {R: x}}}}",
      [
        "2:48: refresh already sets the argument R (remove it here, or use another name in refresh.arg)",
      ],
    ],
    [
      "refresh: {arg: R}\nrunners: {linux/amd64: big}\nvariants: {app: {runner-args: {big: {R: x}}}}",
      [
        "3:38: refresh already sets the argument R (remove it here, or use another name in refresh.arg)",
      ],
    ],
    [
      "variants: {app: {runner-args: {big: {A: b}}}}",
      ['1:32: no leg has a runner that matches "big" (set runners for the platforms of the legs)'],
    ],
    [
      "runners: {linux/amd64: small}\nvariants: {app: {runner-args: {'big-*': {A: b}, sma?l: {1: 2}}}}",
      [
        '2:32: no leg has a runner that matches "big-*" (the legs run on small)',
        '2:57: "1" is not a valid build argument name (use letters, digits and _, not starting with a digit)',
      ],
    ],
    ...["", " a", "!a", "[ab]", "{a,b}"].map((pattern): [string, string[]] => [
      `defaults: {runner-args: {"${pattern}": {A: b}}}\nvariants: {app: }`,
      [
        `1:26: "${pattern}" is not a valid runner label pattern (use a label, optionally with the wildcards * and ?, such as ubuntu-*)`,
      ],
    ]),
    [
      "variants:\n  app:\n    platform-args: {linux/arm64: {A: b}, x: {A: b}, linux/amd64: {1: 2}}\n    runners: {linux/arm64: a, linux/amd64: ' '}",
      [
        "3:21: the variant is not built for linux/arm64 (use one of its platforms: linux/amd64)",
        '3:42: "x" is not a platform (use os/architecture or os/architecture/variant, such as linux/amd64, linux/arm64 or linux/arm/v7)',
        '3:67: "1" is not a valid build argument name (use letters, digits and _, not starting with a digit)',
        "4:15: the variant is not built for linux/arm64 (use one of its platforms: linux/amd64)",
        "4:44: the runner for linux/amd64 is empty",
      ],
    ],
    [
      "variants: {a: {cache: r.io/x}}",
      ['1:23: variants.a.cache must be true or false, not "r.io/x"'],
    ],
    ["variants: {a: {runners: ''}}", ["1:25: the runner is empty"]],
    [
      "variants: {a: {matrix: {x: [b]}, runners: '{on}', contexts: {'{x}': one, 'b:latest': two, '{Y}': three}}}",
      [
        "1:43: unknown field {on} (expected one of x, name)",
        "1:86: the context b:latest is defined twice (use each name only once)",
        '1:91: "{Y}" is not a valid context name (use a lowercase stage or image name, such as lib or alpine:3)',
      ],
    ],
    [
      "variants: {a: {cache: {mode: all, repository: r.io/x, from: [type=x]}}}",
      [
        '1:30: mode must be min or max, not "all"',
        '1:35: unknown key "repository" in variants.a.cache (expected one of from, mode, ignore-error, image-manifest, oci-mediatypes, compression, compression-level, force-compression)',
        '1:62: "type=x" is not a valid cache source: "x" is not a valid cache type (expected one of registry, local, inline, gha, s3, azblob)',
      ],
    ],
    [
      "cache: {type: gha}\nvariants: {a: {cache: {compression: zstd}}}",
      [
        '2:24: caches of type gha do not support the "compression" option for export (registry, local have it; gha has mode, ignore-error, timeout, url, url_v2, version, repository)',
      ],
    ],
    [
      "variants: {a: {matrix: {p: [386, arm]}, platforms: 'linux/{p}', platform-args: {linux/arm64: {A: b}}, runners: {linux/s390x: x}}}",
      [
        "1:81: none of its variants is built for linux/arm64 (use one of their platforms: linux/386, linux/arm/v7)",
        "1:113: none of its variants is built for linux/s390x (use one of their platforms: linux/386, linux/arm/v7)",
      ],
    ],
    [
      "pins: {toString: }\nvariants: {a: }",
      ['1:8: unknown key "toString" in pins (expected one of hold)'],
    ],
    [
      "variants: {a: {context: 'variant:b', contexts: {b: 'target:b', c: 'variant:b/x', d: 'variant:a'}}, b: }",
      [
        '1:25: the build context cannot be another variant: variant:b (give it a name under contexts, such as base: "variant:b", and use FROM base)',
        "1:52: a context cannot be a bake target: target:b (to refer to another variant, use variant:b)",
        '1:67: "x" is not a platform (use os/architecture or os/architecture/variant, such as linux/amd64, linux/arm64 or linux/arm/v7)',
      ],
    ],
    [
      "variants: {a: {contexts: {b: 'variant:a'}}}",
      ["1:30: variant a depends on itself (remove this context)"],
    ],
    // Publishing
    [
      "publish: [a/b, {repository: docker.io/a/b}]\nvariants: {app: }",
      ["1:29: docker.io/a/b is listed twice (put all its tags under one target, on line 1)"],
    ],
    [
      "publish: [{tags: [type=egde], shape: list}]\nvariants: {app: }",
      [
        '1:11: publish[0] needs the key "repository"',
        '1:19: "type=egde" is not a valid tag rule: unknown type "egde" (did you mean "edge"?)',
        '1:38: publish[0].shape must be index or manifest, not "list"',
      ],
    ],
    [
      "publish: {repository: a/b, tags: []}\nvariants: {app: }",
      ["1:34: tags is empty (remove it to use the default rules)"],
    ],
    [
      "publish: {repository: a/b, flavor: [latest=yes]}\nvariants: {app: }",
      [
        '1:37: "latest=yes" is not a valid flavor: latest must be auto, true or false, not "yes" (use latest=, prefix= or suffix=)',
      ],
    ],
    [
      "publish: 'a/{nam}'\nvariants: {app: }",
      ["1:10: not every variant has {nam} (did you mean {name}?)"],
    ],
    [
      "publish: a/b:c\nvariants: {app: }",
      [
        '1:10: "a/b:c" is not an image reference: a repository name cannot include a tag or digest (use docker.io/a/b)',
      ],
    ],
    // The rest
    [
      "refresh: {every: month}\nvariants: {app: }",
      [
        '1:1: refresh needs the key "arg"',
        '1:18: refresh.every must be week, day or hour, not "month"',
      ],
    ],
    [
      "refresh: {arg: R, every: day, command: x}\nvariants: {app: }",
      [
        "1:31: refresh cannot set both every and command (remove the key every: the command's output decides when the value changes)",
      ],
    ],
    [
      "branches: {release: [refs/heads/x]}\nvariants: {app: }",
      ['1:22: "refs/heads/x" is not a branch (write x)'],
    ],
    [
      "builders: {linux/arm64: a, linux/aarch64: b}\nvariants: {app: }",
      ["1:28: builders lists linux/arm64 twice"],
    ],
    [
      "builders: {linux/arm64: [], linux/amd64: [a, b, a], linux/386: [a, ' ']}\nvariants: {app: }",
      [
        "1:25: builders.linux/arm64 is empty",
        "1:42: builders.linux/amd64 lists a twice",
        "1:64: builders.linux/386 has an empty name",
      ],
    ],
    [
      "runners: {linux: a}\nvariants: {app: }",
      [
        '1:11: "linux" is not a platform (use os/architecture or os/architecture/variant, such as linux/amd64, linux/arm64 or linux/arm/v7)',
      ],
    ],
    [
      "insecure: ['http://r.lan:5000/']\nvariants: {app: }",
      ['1:12: "http://r.lan:5000/" is not a host (write r.lan:5000)'],
    ],
  ])("is reported at its place: %j", (text, expected) => {
    expect(problems(text)).toEqual(expected);
  });

  it("is reported with all others, in the order of the file", () => {
    expect(
      problems(`cache: {mode: all}
publish: {repository: a/b, tags: [type=egde]}
variants:
  a: {platforms: {}, args: {A: }, secrets: [x], contxt: y}
  b: {network: x, platforms: [z]}
`).map((line) => line.split(":").slice(0, 2).join(":")),
    ).toEqual(["1:15", "2:35", "4:18", "4:32", "4:45", "4:49", "5:16", "5:31"]);
  });

  it("reports a variable that is given but not declared", () => {
    expect(problems("vars: {REGISTRY: x}\nvariants: {app: }", { REGISTRI: "y" })).toEqual([
      "the variable REGISTRI is not declared in vars (did you mean REGISTRY?)",
    ]);
  });

  it("is aliases that expand too far", () => {
    const levels = Array.from({ length: 9 }, (_, level) => {
      const items =
        level === 0
          ? "x"
          : Array(10)
              .fill(`*l${level - 1}`)
              .join(", ");
      return `x-${level}: &l${level} [${items}]`;
    });
    expect(problems([...levels, "variants: {app: }"].join("\n"))).toEqual([
      "the aliases in the file expand to more than 200,000 values",
    ]);
  });

  it("is nesting that is too deep", () => {
    expect(problems("[".repeat(100_000))).toEqual([
      expect.stringMatching(/^1:\d+: invalid YAML: the values in the file are nested too deeply$/),
    ]);
  });
});

function leavesOutAll(column: number): string {
  return `1:${column}: inputs excludes every file (begin with the files to include, such as "**" for all files; the last matching glob decides)`;
}
