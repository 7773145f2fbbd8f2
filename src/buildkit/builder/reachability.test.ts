import { describe, expect, it } from "vitest";
import { fakeBuildx, inspected } from "../../../test/support/fake-buildx.ts";
import { parseBuilder } from "./builder.ts";
import { whyUnreachable } from "./reachability.ts";

const repository = "127.0.0.1:5000/cache";
const container = parseBuilder(inspected("ci", "docker-container", { endpoint: "unix:///d.sock" }));

describe("whyUnreachable", () => {
  it.each([
    ["no error", "", 0, undefined],
    [
      "a registry that does not have the image",
      "ERROR: 127.0.0.1:5000/cache:layerkeep-probe: not found",
      1,
      undefined,
    ],
    [
      "a registry that requires a login",
      "ERROR: unexpected status from HEAD request: 401 Unauthorized",
      1,
      undefined,
    ],
    [
      "nothing that listens",
      "#1 x\nERROR: dial tcp 127.0.0.1:5000: connect: connection refused",
      1,
      "ERROR: dial tcp 127.0.0.1:5000: connect: connection refused",
    ],
    [
      "a name that the builder cannot resolve",
      "ERROR: lookup registry.localhost: no such host",
      1,
      "ERROR: lookup registry.localhost: no such host",
    ],
    [
      "no answer, with control characters removed",
      "ERROR: dial tcp: \u001b[31mi/o timeout",
      1,
      "ERROR: dial tcp: i/o timeout",
    ],
  ])("interprets %s", async (_, said, exitCode, expected) => {
    using fake = fakeBuildx(`printf '%b\\n' "$SAID" >&2; exit ${exitCode}`, { SAID: said });
    expect(await whyUnreachable(fake.buildx, container, repository)).toBe(expected);
  });

  it("asks the builder for a missing image, and leaves nothing behind", async () => {
    using fake = fakeBuildx("exit 1");
    await whyUnreachable(fake.buildx, container, repository);
    expect(fake.asked()).toEqual([
      "build --builder=ci --progress=plain --output=type=cacheonly --provenance=false -",
    ]);
    expect(fake.stdin()).toBe(`FROM ${repository}:layerkeep-probe\n`);
  });

  it.each([
    ["a container on the host's network", 'network="host"', false],
    ["a container on the host's network, unquoted", "network=host", false],
    ["a container on its own network", 'network="hostile"', true],
    ["a container on the bridge", "", true],
  ])("knows, or asks: %s", async (_, options, asks) => {
    using fake = fakeBuildx("exit 1");
    const builder = parseBuilder(inspected("ci", "docker-container", { options }));
    await whyUnreachable(fake.buildx, builder, repository);
    expect(fake.asked()).toHaveLength(asks ? 1 : 0);
  });

  // Elsewhere Docker runs in a virtual machine, so its socket says nothing about its network.
  it.runIf(process.platform === "linux").each([
    ["Docker's own socket", {}, "default", false],
    ["a socket given by name", { DOCKER_HOST: "unix:///var/run/docker.sock" }, "default", false],
    ["a rootless engine", { DOCKER_HOST: "unix:///run/user/1000/docker.sock" }, "default", true],
    ["an engine elsewhere", { DOCKER_HOST: "tcp://10.0.0.1:2375" }, "default", true],
    ["another Docker context", {}, "desktop-linux", true],
  ])("knows, or asks: %s", async (_, env, endpoint, asks) => {
    using fake = fakeBuildx("exit 1", env);
    const builder = parseBuilder(inspected("default", "docker", { endpoint }));
    await whyUnreachable(fake.buildx, builder, repository);
    expect(fake.asked()).toHaveLength(asks ? 1 : 0);
  });
});
