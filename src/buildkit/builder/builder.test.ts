import { expect, test } from "vitest";
import { exec, type Exec } from "../../exec.ts";
import { deadNodes, inspectBuilder, livingNodes, parseBuilder, runsPlatform } from "./builder.ts";
import { exportsCaches } from "./cache-export.ts";

const docker = `Name:          default
Driver:        docker
Last Activity: 2026-11-21 04:46:49 +0000 UTC

Nodes:
Name:             default
Endpoint:         default
Status:           running
BuildKit version: v0.0.0+unknown
Platforms:        linux/amd64, linux/amd64/v2, linux/arm64*
Labels:
 org.mobyproject.buildkit.worker.containerd.uuid:      843c71b3
 org.mobyproject.buildkit.worker.network:              host
GC Policy rule#0:
 All:            false
 Keep Duration:  48h0m0s
`;

const container = `Name:          ci
Driver:        docker-container

Nodes:
Name:                  ci0
Endpoint:              unix:///var/run/docker.sock
Driver Options:        network="host"
Status:                stopped

Name:                  ci1
Endpoint:              tcp://arm:1234
Status:                running
Buildkit:              v0.20.0
Platforms:             linux/arm64
Error:                 connection refused
`;

const dead = `Name:   default
Driver: 
Error:  Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?
`;

test("parses Docker's own builder", () => {
  expect(parseBuilder(docker)).toEqual({
    name: "default",
    driver: "docker",
    error: undefined,
    nodes: [
      {
        name: "default",
        endpoint: "default",
        status: "running",
        buildkit: "v0.0.0+unknown",
        platforms: ["linux/amd64", "linux/amd64/v2", "linux/arm64"],
        driverOptions: "",
        labels: {
          "org.mobyproject.buildkit.worker.containerd.uuid": "843c71b3",
          "org.mobyproject.buildkit.worker.network": "host",
        },
        error: undefined,
      },
    ],
  });
});

test("parses every node of a builder", () => {
  expect(parseBuilder(container).nodes).toMatchObject([
    { name: "ci0", status: "stopped", driverOptions: 'network="host"', platforms: [], labels: {} },
    { name: "ci1", buildkit: "v0.20.0", platforms: ["linux/arm64"], error: "connection refused" },
  ]);
});

test("reports the platforms of any node that answers", () => {
  expect(runsPlatform(parseBuilder(docker), "linux/arm64")).toBe(true);
  expect(runsPlatform(parseBuilder(container), "linux/arm64")).toBe(false);
  const mended = parseBuilder(container.replace("Error:", "Was:"));
  expect(runsPlatform(mended, "linux/arm64")).toBe(true);
});

test.each([
  [docker, ["registry", "local", "inline", "gha"]],
  [docker.replace(/^ org.*containerd.*\n/m, ""), ["inline"]],
  [container, ["registry", "local", "inline", "gha", "s3", "azblob"]],
] as const)("reports which caches a driver exports (%#)", (text, expected) => {
  const types = ["registry", "local", "inline", "gha", "s3", "azblob"] as const;
  expect(types.filter((type) => exportsCaches(parseBuilder(text), type))).toEqual(expected);
});

test("starts a stopped builder", async () => {
  const asked: (readonly string[])[] = [];
  const answer: Exec = (argv) => {
    asked.push(argv);
    const stdout = argv.includes("--bootstrap") ? docker : docker.replace("running", "inactive");
    return Promise.resolve({ exitCode: 0, stdout, stderr: "" });
  };
  const builder = await inspectBuilder({ path: "buildx", env: {}, exec: answer }, "ci");
  expect(builder).toEqual(parseBuilder(docker));
  expect(asked).toEqual([
    ["buildx", "inspect", "ci"],
    ["buildx", "inspect", "--bootstrap", "ci"],
  ]);
});

test.each([
  [
    "no engine, although buildx exits with 0",
    { exitCode: 0, stdout: dead, stderr: "" },
    undefined,
    {
      message:
        'builder "default" did not respond: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?',
      hint: "start Docker, set DOCKER_HOST to a running engine, or run `docker buildx create --driver docker-container --use`",
    },
  ],
  [
    "no such builder",
    { exitCode: 1, stdout: "", stderr: 'ERROR: no builder "ci" found\n' },
    "ci",
    {
      message: 'builder "ci" did not respond: no builder "ci" found',
      hint: "run `docker buildx create --name ci`, or choose another builder with builders: or BUILDX_BUILDER",
    },
  ],
  [
    "a socket without permission",
    { exitCode: 1, stdout: "", stderr: "dial unix /var/run/docker.sock: permission denied" },
    undefined,
    {
      message:
        "the current builder did not respond: dial unix /var/run/docker.sock: permission denied",
      hint: "add this user to the docker group, or run as a user that can access the Docker socket",
    },
  ],
  [
    "a builder none of whose nodes answers",
    {
      exitCode: 0,
      stdout: container.replace("stopped", "running\nError: refused"),
      stderr: "",
    },
    "ci",
    {
      message: 'builder "ci" at unix:///var/run/docker.sock did not respond: refused',
      hint: "start Docker, set DOCKER_HOST to a running engine, or run `docker buildx create --driver docker-container --use`",
    },
  ],
])("reports %s with a hint", async (_, result, name, expected) => {
  const buildx = { path: "buildx", env: {}, exec: () => Promise.resolve(result) };
  await expect(inspectBuilder(buildx, name)).rejects.toMatchObject({ code: "engine", ...expected });
});

/** As buildx 0.29 prints a remote builder. */
const halfDead = `Name:          two
Driver:        remote
Last Activity: 2026-11-28 15:35:11 +0000 UTC

Nodes:
Name:             alive
Endpoint:         unix:///run/buildkit.sock
Status:           running
BuildKit version: v0.0.0+unknown
Platforms:        linux/amd64*, linux/amd64/v2, linux/arm64
Labels:
 org.mobyproject.buildkit.worker.network:              host
GC Policy rule#0:
 All:            false

Name:      dead
Endpoint:  tcp://127.0.0.1:9
Status:    inactive
Platforms: linux/s390x*
`;

test("a node that cannot be started is dead, and the others are alive", async () => {
  const answer: Exec = (argv) =>
    Promise.resolve(
      argv.includes("--bootstrap")
        ? { exitCode: 1, stdout: "", stderr: "#1 ERROR: x\nERROR: context deadline exceeded\n" }
        : { exitCode: 0, stdout: halfDead, stderr: "" },
    );
  const builder = await inspectBuilder({ path: "buildx", env: {}, exec: answer }, "two");
  expect(livingNodes(builder).map(({ name }) => name)).toEqual(["alive"]);
  expect(deadNodes(builder)).toMatchObject([
    { name: "dead", endpoint: "tcp://127.0.0.1:9", error: "context deadline exceeded" },
  ]);
  expect(["linux/arm64", "linux/s390x"].map((it) => runsPlatform(builder, it))).toEqual([
    true,
    false,
  ]);
});

test("a plugin that cannot be started is a command error", async () => {
  const buildx = { path: "/nonexistent/docker-buildx", env: {}, exec };
  await expect(inspectBuilder(buildx, undefined)).rejects.toMatchObject({
    code: "command",
    hint: "/nonexistent/docker-buildx was not found",
  });
});
