import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../test/support/parse-config.ts";
import { imageOf, renderStarterConfig } from "./starter.ts";

const usual = { image: undefined, platforms: ["linux/amd64"] };

describe("renderStarterConfig", () => {
  it("has where images are published, and each Dockerfile", () => {
    const text = renderStarterConfig({
      ...usual,
      image: "ghcr.io/acme/app",
      variants: [
        { dockerfile: "Dockerfile", context: ".", name: "app" },
        { dockerfile: "docker/gpu.Dockerfile", context: ".", name: "gpu" },
        { dockerfile: "worker/Dockerfile", context: "worker", name: "worker" },
      ],
    });
    expect(text).toBe(`# The container images that this repository ships.
# Layerkeep's docs/config.md describes every key.

# Where caches and built images are stored between runs.
cache: ghcr.io/acme/app-cache

# Where images are published, and with which tags (docker/metadata-action's rules).
publish:
  repository: ghcr.io/acme/app  # each variant's tags end with its name
  tags:
    - type=ref,event=branch
    - type=semver,pattern={{version}}

# Shared by all variants.
defaults:
  platforms: [linux/amd64]  # add linux/arm64 for a second architecture

# One image each.
variants:
  app:
    context: .
  gpu:
    context: .
    dockerfile: docker/gpu.Dockerfile
  worker:
    context: worker
`);
    const config = parseConfig(text, "layerkeep.yml", {});
    expect(config.variants[0]?.publish[0]?.repository).toBe("ghcr.io/acme/app");
    expect(config.variants.map(({ name, dockerfile }) => [name, dockerfile])).toEqual([
      ["app", "Dockerfile"],
      ["gpu", "docker/gpu.Dockerfile"],
      ["worker", "worker/Dockerfile"],
    ]);
  });

  it("also loads without a repository to publish to, and quotes what YAML would misread", () => {
    const platforms = ["linux/amd64", "linux/arm64"];
    const variants = [
      { dockerfile: "a b/Dockerfile", context: "a b", name: "a-b" },
      { dockerfile: "1/Dockerfile", context: "1", name: "1" },
      { dockerfile: "on/Dockerfile", context: "on", name: "on" },
    ];
    const text = renderStarterConfig({ ...usual, platforms, variants });
    const config = parseConfig(text, "layerkeep.yml", {});
    expect([config.cache.repository, config.variants[0]?.publish]).toEqual([undefined, []]);
    expect(new Map(config.variants.map(({ name, context }) => [name, context]))).toEqual(
      new Map([
        ["a-b", "a b"],
        ["1", "1"],
        ["on", "on"],
      ]),
    );
    expect(config.variants[0]?.platforms).toHaveLength(2);
  });

  it("imports a Compose file", () => {
    const text = renderStarterConfig({ ...usual, compose: "compose.yaml", variants: [] });
    expect(text.slice(text.indexOf("\n# One image for"))).toBe(`
# One image for each service that has a build section; the file is read in each run.
import:
  - compose: compose.yaml
`);
  });
});

describe("imageOf", () => {
  it.each([
    ["https://github.com/Acme/App.git", "ghcr.io/acme/app"],
    ["https://gitlab.com/acme/group/app", "registry.gitlab.com/acme/group/app"],
    ["https://example.org/acme/app", undefined],
    ["https://github.com/acme", undefined],
    ["", undefined],
  ])("%j: %s", (url, image) => {
    expect(imageOf(url)).toBe(image);
  });
});
