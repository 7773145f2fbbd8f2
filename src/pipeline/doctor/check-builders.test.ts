import { expect, it } from "vitest";
import type { Builder } from "../../buildkit/builder/builder.ts";
import { parsePlatform } from "../../oci/platform.ts";
import { checkBuilders } from "./check-builders.ts";

const containerd = { "org.mobyproject.buildkit.worker.containerd.uuid": "1" };

function builder(driver: string, labels: Readonly<Record<string, string>>): Builder {
  const node = { name: "n", endpoint: "e", status: "running", buildkit: "v0.30", platforms: [] };
  return {
    ...{ name: "b", driver, error: undefined },
    nodes: [{ ...node, driverOptions: "", error: undefined, labels }],
  };
}

it.each([
  ["docker", containerd, "registry", undefined],
  ["docker", {}, "registry", "fail: Docker uses its older image store"],
  ["docker", {}, "local", "fail: Docker uses its older image store"],
  ["docker", {}, "gha", "warn: Docker uses its older image store"],
  ["docker", {}, "inline", undefined],
  ["docker", containerd, "s3", "warn: Docker's own builder never does"],
  ["docker-container", {}, "s3", undefined],
  ["remote", {}, "registry", undefined],
] as const)("driver %s with %j, and caches of type %s: %s", async (driver, labels, type, said) => {
  const checks = await checkBuilders(() => Promise.resolve([builder(driver, labels)]), {
    ...{ platforms: [], caches: [type], writes: false, machine: parsePlatform("linux/amd64") },
  });
  const about = checks.find(({ id }) => id === "cache-export");
  const text = about && `${about.outcome}: ${about.detail.replace(/^.*?: /, "")}`;
  expect(text).toBe(said);
});
