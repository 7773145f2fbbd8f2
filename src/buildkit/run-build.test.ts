import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { engineInputs } from "../../test/support/plans.ts";
import { systemEnv } from "../../test/support/system-env.ts";
import { exec } from "../exec.ts";
import type { BuildRequest } from "./arguments.ts";
import type { BuildFailure } from "./progress/build-errors.ts";
import { runBuild } from "./run-build.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "layerkeep-run-build-"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const digest = `sha256:${"a".repeat(64)}`;

/** Runs a build with a shell script in place of buildx. */
function build(
  script: string,
  options: { signal?: AbortSignal; linked?: BuildRequest["linked"] } = {},
) {
  const path = join(folder, "buildx");
  writeFileSync(path, `#!/bin/sh\ncd ${folder}\n${script}\n`);
  chmodSync(path, 0o755);
  const lines: string[] = [];
  const { linked = [], ...others } = options;
  const result = runBuild(
    { path, env: systemEnv, exec },
    { ...request(), linked },
    {
      purpose: "build of core/linux/amd64",
      ...others,
      onProgress: (_, more) => lines.push(...more.map(({ line }) => line)),
    },
  );
  return { result, lines };
}

function request(): BuildRequest {
  return {
    inputs: engineInputs,
    env: {},
    renamed: new Map(),
    platform: "linux/amd64",
    root: folder,
    builder: undefined,
    cacheFrom: [],
    cacheTo: [],
    output: { type: "cacheonly" },
    metadataFile: join(folder, "metadata.json"),
    noCache: false,
  };
}

function status(value: unknown): string {
  return `echo '${JSON.stringify(value)}' >&2`;
}

const step = { digest: "sha256:1", name: "[1/1] RUN a", started: "2026-11-21T04:00:00Z" };
const done = { ...step, completed: "2026-11-21T04:00:01Z" };

test("returns the steps and the pushed digest, and leaves no file behind", async () => {
  const { result, lines } = build(
    [
      status({ vertexes: [step] }),
      status({ logs: [{ vertex: "sha256:1", data: Buffer.from("out\n").toString("base64") }] }),
      status({ vertexes: [done] }),
      `echo '{"containerimage.digest":"${digest}"}' > metadata.json`,
    ].join("\n"),
  );
  expect(await result).toMatchObject({
    digest,
    summary: { steps: [{ name: "[1/1] RUN a", cached: false, ms: 1000 }] },
  });
  expect(lines).toEqual(["out"]);
  expect(existsSync(join(folder, "metadata.json"))).toBe(false);
});

test("a build that exports nothing has no digest", async () => {
  expect(await build("true").result).toMatchObject({ digest: undefined });
});

test("asks buildx to leave the provenance out of its metadata, because it costs a solve", async () => {
  await build('printf %s "$BUILDX_METADATA_PROVENANCE" > asked').result;
  expect(readFileSync(join(folder, "asked"), "utf8")).toBe("disabled");
});

describe("a build that fails", () => {
  test("is a build failure with its step if a step failed, whatever the Dockerfile contains", async () => {
    const error = await build(
      [
        status({ vertexes: [{ ...done, error: "exit code: 7" }] }),
        "echo '   1 | >>> RUN echo transport is closing' >&2",
        "echo 'ERROR: failed to build: failed to solve: exit code: 7' >&2",
        "exit 1",
      ].join("\n"),
    ).result.catch((e: unknown) => e);
    expect(error).toMatchObject({
      name: "BuildFailure",
      code: "command",
      exitCode: 1,
      summary: { failed: { name: "[1/1] RUN a", error: "exit code: 7" } },
    } satisfies Partial<Record<keyof BuildFailure, unknown>>);
  });

  test.each([
    "error reading from server: EOF",
    "rpc error: code = Unavailable desc = closing transport due to: connection error",
    "Cannot connect to the Docker daemon at unix:///x.sock. Is the docker daemon running?",
  ])("is an engine error if the engine went away: %s", async (said) => {
    await expect(build(`echo 'ERROR: ${said}' >&2; exit 1`).result).rejects.toMatchObject({
      code: "engine",
      message: `build of core/linux/amd64: the engine is unavailable: ERROR: ${said}`,
      hint: expect.stringMatching(/run the same command again/) as string,
    });
  });

  test.each(["waiting for connection", "booting buildkit"])(
    "is an engine error if buildx never got through: %s",
    async (name) => {
      const script = [
        status({
          vertexes: [{ ...done, name: `[internal] ${name}`, error: "context deadline exceeded" }],
        }),
        "echo 'ERROR: failed to build: context deadline exceeded' >&2; exit 1",
      ].join("\n");
      await expect(build(script).result).rejects.toMatchObject({
        name: "EngineGoneError",
        code: "engine",
        message:
          "build of core/linux/amd64: the engine is unavailable: ERROR: failed to build: context deadline exceeded",
      });
    },
  );

  test.each([
    ["denied: no push here", /^log in as a user who can push/],
    ["unexpected status from PUT request: 403 Forbidden", /^log in as a user who can push/],
    [
      "unexpected status from POST request: 507 Insufficient Storage",
      /has free space, then run the same command again/,
    ],
  ])("gives a hint if the image was not pushed: %s", async (said, hint) => {
    const script = [
      status({ vertexes: [{ ...done, name: "exporting to image", error: said }] }),
      "echo 'ERROR: failed to build' >&2; exit 1",
    ].join("\n");
    await expect(build(script).result).rejects.toMatchObject({
      code: "engine",
      message: `build of core/linux/amd64: the image was not pushed: ${said}`,
      hint: expect.stringMatching(hint) as string,
    });
  });
});

test("does not mistake the output of a failed command for a lost engine", async () => {
  const said =
    'process "/bin/sh -c echo transport is closing" did not complete successfully: exit code: 7';
  const script = [
    status({ vertexes: [{ ...done, error: said }] }),
    `echo 'ERROR: failed to build: failed to solve: ${said}' >&2; exit 1`,
  ].join("\n");
  await expect(build(script).result).rejects.toMatchObject({ name: "BuildFailure" });
});

test("runs buildx in the config's folder, to which secrets' files are relative", async () => {
  expect(request().root).toBe(folder);
  const path = join(folder, "buildx");
  writeFileSync(path, "#!/bin/sh\npwd > where\n");
  chmodSync(path, 0o755);
  await runBuild({ path, env: systemEnv, exec }, request(), { purpose: "build" });
  expect(readFileSync(join(folder, "where"), "utf8")).toBe(`${folder}\n`);
});

test.each(["invalid progress mode: rawjson", "unknown flag: --metadata-file"])(
  "reports a buildx that is too old: %s",
  async (said) => {
    await expect(build(`echo 'ERROR: ${said}' >&2; exit 1`).result).rejects.toMatchObject({
      name: "EngineError",
      hint: "install buildx 0.13 or newer (check with `docker buildx version`)",
    });
  },
);

test("stops buildx if the display fails, and throws the display's error", async () => {
  const path = join(folder, "buildx");
  const line = JSON.stringify({ vertexes: [{ digest: "d", name: "[1/1] RUN x" }] });
  writeFileSync(path, `#!/bin/sh\necho '${line}' >&2\nexec sleep 60\n`);
  chmodSync(path, 0o755);
  const onProgress = (): never => {
    throw new Error("no terminal");
  };
  const running = runBuild({ path, env: systemEnv, exec }, request(), { purpose: "x", onProgress });
  await expect(running).rejects.toThrow("no terminal");
});

test("an abort stops buildx and rejects with its reason", async () => {
  const abort = new AbortController();
  const { result } = build(
    "trap 'echo ended > ended; exit 1' TERM; echo $$ > pid; sleep 30 & wait",
    {
      signal: abort.signal,
    },
  );
  while (!existsSync(join(folder, "pid"))) await new Promise((go) => setTimeout(go, 10));
  abort.abort(new Error("interrupted by SIGINT"));
  await expect(result).rejects.toThrow("interrupted by SIGINT");
  expect(existsSync(join(folder, "ended"))).toBe(true);
});

test("names the steps of linked targets by their legs, and those of its own by nothing", async () => {
  const leg = "base/linux/amd64";
  const { inputs, cacheFrom, noCache } = request();
  const linked = [
    { name: "base--linux--amd64", leg, inputs, platform: "linux/amd64", cacheFrom, noCache },
  ];
  const vertexes = [
    "[base--linux--amd64 build 2/2] RUN make",
    // The same step again, as one of the target that is built on it.
    "[leg build 2/2] RUN make",
    "[leg 2/3] COPY a /",
  ].map((name, index) => ({ ...done, name, digest: `sha256:${index < 2 ? 1 : 2}` }));
  const { result } = build(vertexes.map((vertex) => status({ vertexes: [vertex] })).join("\n"), {
    linked,
  });
  const { steps } = (await result).summary;
  expect(steps.map(({ name }) => name)).toEqual([
    "[base/linux/amd64 build 2/2] RUN make",
    "[2/3] COPY a /",
  ]);
});
