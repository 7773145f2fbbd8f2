import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createRemoteBuilder, startBridge } from "../../scripts/engine/bridge.ts";
import { startEngine } from "../../scripts/engine/docker.ts";
import { layerkeep, startLayerkeep } from "../support/cli.ts";
import { testEngine } from "../support/engine.ts";
import { at } from "../support/json.ts";
import { startPrivateEngine } from "../support/private-engine.ts";
import { createProject, type Project } from "../support/project.ts";
import { tagsOf } from "../support/repository-state.ts";
import { smallProject } from "../support/small-build.ts";

const {
  registries: [registry],
  baseImage,
} = testEngine();
let project: Project;
let cache: string;

beforeEach(() => {
  project = createProject((id) => {
    cache = `${registry}/${id}/cache`;
    return smallProject(
      `cache: ${cache}
variants:
  quick: {}
  slow: { dockerfile: slow.Dockerfile }
`,
      {
        "slow.Dockerfile": `FROM ${baseImage.reference}\nRUN sleep 30\n`,
        ".dockerignore": ".git\n*.yml\n*.Dockerfile\n",
      },
    );
  });
});

afterEach(() => project[Symbol.dispose]());

test("an engine that dies in the middle of a build is named with its leg and what to try; what was staged stays, and the next run goes on", async () => {
  await using own = await startPrivateEngine();
  const running = startLayerkeep(project, ["build", "--write", "--jobs=1"], { env: own.env });
  await running.saysOnStderr(/slow\/linux\/amd64 \| .*sleep 30/);
  own.engine.kill();
  const result = await running.ended;
  expect(result.code).toBe(3);
  expect(result.stdout).toMatch(/^quick\/linux\/amd64 +built /m);
  expect(result.stdout).toMatch(/^slow\/linux\/amd64 +failed /m);
  expect(result.stderr).toMatch(
    /slow\/linux\/amd64 failed: build of slow\/linux\/amd64: the engine is unavailable: .*\nhint: check that Docker or the builder is running .* run the same command again/,
  );
  const tags = Object.keys(await tagsOf(cache));
  expect(tags.filter((tag) => tag.startsWith("leg-"))).toEqual([
    "leg-quick-amd64",
    expect.stringMatching(/^leg-quick-amd64-[0-9a-f]{40}$/),
  ]);

  const engine = await startEngine({ dir: own.engine.dir });
  try {
    project.write({ "slow.Dockerfile": `FROM ${baseImage.reference}\nRUN true\n` });
    const again = await layerkeep(project, ["build", "--write", "--json", "--quiet"], {
      env: own.env,
    });
    expect(again.code).toBe(0);
    expect([
      at(again.stdout, "legs", 0, "outcome"),
      at(again.stdout, "legs", 1, "outcome"),
    ]).toEqual(["reused", "built"]);
  } finally {
    await engine.stop();
  }
});

test("a builder that cannot reach this machine's loopback is found out before it builds", async () => {
  // An engine in a network of its own, as one in a container or a cluster has.
  const bin = join(project.outside, "bin");
  mkdirSync(bin);
  writeFileSync(
    join(bin, "dockerd"),
    '#!/bin/sh\nPATH=${PATH#*:}\nexec unshare --net dockerd "$@"\n',
  );
  chmodSync(join(bin, "dockerd"), 0o755);
  const path = process.env["PATH"];
  process.env["PATH"] = `${bin}:${path ?? ""}`;
  await using own = await startPrivateEngine().finally(() => {
    process.env["PATH"] = path;
  });
  const bridge = await startBridge(own.engine);
  const builder = await createRemoteBuilder(own.engine, bridge, "elsewhere");
  const build = ["build", "--write", `--builder=${builder}`];
  const result = await layerkeep(project, build, { env: own.env });
  await bridge.stop();
  expect(result).toMatchObject({ code: 3, stdout: "" });
  expect(result.stderr).toMatch(
    /^error: builder "elsewhere" \(driver remote\) cannot reach \S+\/cache on the loopback interface of this machine: .*\. Create the builder with --driver-opt network=host, .*\n$/,
  );
  expect(await tagsOf(cache)).toEqual({});
});
