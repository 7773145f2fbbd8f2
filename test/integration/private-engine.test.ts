import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Engine, startEngine } from "../../scripts/engine/docker.ts";
import { run } from "../../scripts/engine/run.ts";
import { testEngine } from "../support/engine.ts";

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "layerkeep-"));
});

afterEach(() => rm(dir, { recursive: true, force: true }));

test("an engine that was killed starts again on the same data, with the steps still cached", async () => {
  const killed = await startEngine({ dir });
  expect(await build(killed)).not.toContain("CACHED");
  killed.kill();
  const engine = await startEngine({ dir });
  try {
    expect(await build(engine)).toContain("CACHED");
    await engine.emptyCache();
    expect(await build(engine)).not.toContain("CACHED");
  } finally {
    await engine.stop();
  }
});

test("an engine that cannot start says why, with the end of its log", async () => {
  await writeFile(join(dir, "data"), "a file where the data should go");
  await expect(startEngine({ dir })).rejects.toMatchObject({
    code: "engine",
    message: expect.stringMatching(
      /^dockerd exited with 1\n[^]*canonical path points to a file/,
    ) as string,
    hint: `check its log: ${join(dir, "dockerd.log")}`,
  });
});

test.each(["docker", "remote"])(
  "the %s driver runs steps for both platforms and pushes them with provenance",
  async (driver) => {
    const { env, buildx, remoteBuilder, registries, baseImage } = testEngine();
    const context = join(dir, "context");
    await mkdir(context);
    await writeFile(
      join(context, "Dockerfile"),
      `FROM ${baseImage.reference}
ARG TARGETARCH
RUN case $TARGETARCH-$(/bin/uname -m) in amd64-x86_64|arm64-aarch64) ;; *) exit 1 ;; esac
`,
    );
    const reference = `${registries[0]}/private-engine/${driver}:1`;
    const builder = driver === "docker" ? "default" : remoteBuilder;
    const flags = ["--platform=linux/amd64,linux/arm64", "--provenance=mode=max", "--push"];
    await run([buildx, "build", `--builder=${builder}`, ...flags, `--tag=${reference}`, context], {
      purpose: "building for both platforms",
      env,
    });
    const raw = await run(
      ["skopeo", "inspect", "--raw", "--tls-verify=false", `docker://${reference}`],
      { purpose: "reading the index", env },
    );
    expect(JSON.parse(raw)).toMatchObject({
      mediaType: "application/vnd.oci.image.index.v1+json",
      manifests: [
        { platform: { os: "linux", architecture: "amd64" } },
        { platform: { os: "linux", architecture: "arm64" } },
        { annotations: { "vnd.docker.reference.type": "attestation-manifest" } },
        { annotations: { "vnd.docker.reference.type": "attestation-manifest" } },
      ],
    });
  },
);

/** What buildx says of a build whose steps only copy. */
async function build(engine: Engine): Promise<string> {
  const context = join(dir, "context");
  await mkdir(context, { recursive: true });
  await writeFile(join(context, "file"), "content");
  await writeFile(join(context, "Dockerfile"), "FROM scratch\nCOPY file /file\n");
  const log = join(dir, "build.log");
  await run(
    [
      "sh",
      "-c",
      `"$1" build --builder=default --progress=plain --output=type=cacheonly "$2" 2>"$3"`,
      "sh",
      engine.buildx,
      context,
      log,
    ],
    { purpose: "building", env: engine.env },
  );
  return await run(["cat", log], { purpose: "reading the log" });
}
