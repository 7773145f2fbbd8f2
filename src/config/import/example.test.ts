import { expect, it } from "vitest";
import { variantOf } from "../../../test/support/configs.ts";
import type { Variant } from "../config.ts";
import { loadConfig } from "../load/load.ts";

it("the example imports two images of three entries", async () => {
  const { variants } = await loadConfig({ file: "examples/imported/layerkeep.yml", vars: {} });
  const busybox = "docker.io/library/busybox";
  const publish = [
    expect.objectContaining({ repository: "ghcr.io/acme/backends" }),
  ] as Variant["publish"];
  expect(variants).toEqual([
    variantOf("cpu-echo", {
      publish,
      platforms: ["linux/amd64", "linux/arm64"],
      args: { BACKEND: "echo", BASE: `${busybox}:1.37` },
      runners: { "linux/amd64": "ubuntu-latest", "linux/arm64": "ubuntu-24.04-arm" },
      line: 6,
    }),
    variantOf("cpu-sort", {
      publish,
      args: { BACKEND: "sort", BASE: `${busybox}:1.36` },
      runners: { "linux/amd64": "ubuntu-latest" },
      line: 6,
    }),
  ]);
});
