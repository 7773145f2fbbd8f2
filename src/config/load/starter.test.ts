import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../test/support/parse-config.ts";
import { renderStarterConfig } from "./starter.ts";

describe("renderStarterConfig", () => {
  it("names the repository's own registry, and each Dockerfile", () => {
    const text = renderStarterConfig({
      repositoryUrl: "https://github.com/Acme/App.git",
      dockerfiles: [
        { path: "Dockerfile", context: ".", name: "core" },
        { path: "docker/gpu.Dockerfile", context: ".", name: "gpu" },
        { path: "worker/Dockerfile", context: "worker", name: "worker" },
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
  core:
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
      ["core", "Dockerfile"],
      ["gpu", "docker/gpu.Dockerfile"],
      ["worker", "worker/Dockerfile"],
    ]);
  });

  it("also loads without a known registry or Dockerfile", () => {
    const config = parseConfig(renderStarterConfig({ dockerfiles: [] }), "layerkeep.yml", {});
    expect([config.cache.repository, config.variants[0]?.publish, config.variants.length]).toEqual([
      undefined,
      [],
      1,
    ]);
  });

  it("makes unique names that are valid in tags", () => {
    const text = renderStarterConfig({
      repositoryUrl: "ssh://example.org/x",
      dockerfiles: [
        { path: "a b/Dockerfile", context: "a b", name: "a b" },
        { path: "a-b/Dockerfile", context: "a-b", name: "a-b" },
        { path: "1/Dockerfile", context: "1", name: "1" },
        { path: "x/Dockerfile", context: "x", name: "…" },
      ],
    });
    const { variants } = parseConfig(text, "layerkeep.yml", {});
    expect(new Map(variants.map(({ name, context }) => [name, context]))).toEqual(
      new Map([
        ["a-b", "a b"],
        ["a-b-2", "a-b"],
        ["1", "1"],
        ["app", "x"],
      ]),
    );
  });
});
