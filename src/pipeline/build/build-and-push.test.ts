import { describe, expect, test } from "vitest";
import { fakeBuildx } from "../../../test/support/fake-buildx.ts";
import { engineInputs } from "../../../test/support/plans.ts";
import { buildAndPush, failsByChance, isLostLayer } from "./build-and-push.ts";

describe("a push failure worth a retry", () => {
  test.each([
    "failed to push 127.0.0.1:5000/a:b: unknown: blob unknown to registry",
    "failed to push a: manifest blob unknown: blob unknown to registry",
    "failed to push a: unexpected status from PUT request to http://a/v2/: 400 Bad Request",
    "digest invalid: provided digest did not match uploaded content",
    "blob upload unknown: blob upload unknown to registry",
    "manifest invalid: manifest invalid",
  ])("%s", (error) => {
    expect(failsByChance(error)).toBe(true);
  });
});

describe("a failure that a retry does not mend", () => {
  test.each([
    "denied: requested access to the resource is denied",
    "unexpected status from POST request to http://a/v2/: 403 Forbidden",
    "unexpected status from PUT request: 401 Unauthorized",
    "denied: quota exceeded: manifest invalid",
    "unexpected status: 400 Bad Request: tag invalid: the tag is immutable",
    "unexpected status from PUT request: 507 Insufficient Storage",
    "failed to do request: connection reset by peer",
    "process did not complete successfully: exit code: 1",
  ])("%s", (error) => {
    expect(failsByChance(error)).toBe(false);
  });
});

test("recognises a layer that a cache has lost", () => {
  const digest = `sha256:${"a".repeat(64)}`;
  const fetch = `httpReadSeeker: failed open: could not fetch content descriptor ${digest}`;
  expect(
    isLostLayer(`${fetch} (application/vnd.oci.image.layer.v1.tar+gzip) from remote: not found`),
  ).toBe(true);
  expect(isLostLayer("a:b: not found")).toBe(false);
});

/**
 * Fails with this error `times` times, then succeeds from the builder's cache. `said` is what
 * buildx prints last.
 */
function failing(times: number, vertex: string, error: string, said = "") {
  const status = (cached: boolean, more: object[]): string => {
    const step = { digest: "sha256:1", name: "[1/1] RUN a", started: "2026-11-21T04:00:00Z" };
    const done = { ...step, completed: "2026-11-21T04:00:09Z", cached };
    const logs = cached ? [] : [{ vertex: "sha256:1", data: btoa("made\n") }];
    return `echo '${JSON.stringify({ vertexes: [done, ...more], logs })}' >&2`;
  };
  const failed = { digest: "sha256:2", name: vertex, started: "2026-11-21T04:00:09Z", error };
  return fakeBuildx(`
n=$(cat $FAKE/runs 2>/dev/null || echo 0); echo $((n + 1)) > $FAKE/runs
if [ $n -gt 0 ]; then ${status(true, [])}; else ${status(false, [])}; fi
if [ $n -lt ${times} ]; then ${status(true, [failed]).replace('"cached":true', '"cached":false')}
echo '${said}' >&2; exit 1; fi`);
}

async function run(fake: ReturnType<typeof fakeBuildx>) {
  const pauses: number[] = [];
  const request = {
    inputs: engineInputs,
    env: {},
    renamed: new Map(),
    platform: "linux/amd64",
    root: "/",
    builder: undefined,
    cacheFrom: [{ type: "registry", attributes: { ref: "a/cache" } }] as const,
    cacheTo: [],
    output: { type: "cacheonly" },
    metadataFile: "/nowhere",
    noCache: false,
  } as const;
  const pause = (milliseconds: number): Promise<void> => {
    pauses.push(milliseconds);
    return Promise.resolve();
  };
  const [result] = await Promise.allSettled([
    buildAndPush(fake.buildx, request, { purpose: "build of a" }, pause),
  ]);
  return { result, pauses, imports: fake.asked().map((line) => line.includes("--cache-from")) };
}

describe("buildAndPush", () => {
  const push = "exporting to image";

  test("repeats a push, and reports the steps of the first run and what they printed", async () => {
    using fake = failing(2, push, "unknown: blob unknown to registry");
    const { result, pauses, imports } = await run(fake);
    expect(result).toMatchObject({
      status: "fulfilled",
      value: {
        summary: {
          steps: [{ name: "[1/1] RUN a", cached: false, ms: 9000 }],
          failed: undefined,
          logs: [{ step: "[1/1] RUN a", lines: { head: ["made"] } }],
        },
        warnings: [
          "the push failed, so the build ran again: unknown: blob unknown to registry",
          "the push failed, so the build ran again: unknown: blob unknown to registry",
        ],
      },
    });
    expect([pauses, imports]).toEqual([
      [1000, 3000],
      [true, true, true],
    ]);
  });

  test("repeats a build whose snapshot the engine lost", async () => {
    const error =
      "failed to commit a to b during finalize: failed to stat active key during commit: snapshot a does not exist: not found";
    using fake = failing(1, "[1/1] RUN b", error);
    const { result, pauses } = await run(fake);
    expect(result).toMatchObject({
      status: "fulfilled",
      value: { warnings: [`the engine failed, so the build ran again: ${error}`] },
    });
    expect(pauses).toEqual([1000]);
  });

  test.each([
    "failed to stat active key during commit: snapshot a does not exist: not found",
    "context canceled",
  ])("repeats a build if only buildx's last line names the engine's fault: %s", async (reason) => {
    const said = `ERROR: failed to build: failed to solve: ${reason}`;
    using fake = failing(1, "[1/2] FROM a", "context canceled: context canceled", said);
    const { result, pauses } = await run(fake);
    const warning = expect.stringContaining(
      `the engine failed, so the build ran again: ${reason}`,
    ) as string;
    expect(result).toMatchObject({ status: "fulfilled", value: { warnings: [warning] } });
    expect(pauses).toEqual([1000]);
  });

  test("repeats a push if only buildx's last line says that it failed", async () => {
    const reason = "failed to push a: unknown: blob unknown to registry";
    const said = `ERROR: failed to build: failed to solve: ${reason}`;
    using fake = failing(1, "[1/2] FROM a", "context canceled: context canceled", said);
    const { result } = await run(fake);
    expect(result).toMatchObject({
      status: "fulfilled",
      value: { warnings: [`the push failed, so the build ran again: ${reason}`] },
    });
  });

  test("ignores the builder's cache if the engine loses the same snapshot twice", async () => {
    const error = "failed to stat active key during commit: snapshot a does not exist: not found";
    using fake = failing(2, "[1/1] RUN b", error);
    const { result } = await run(fake);
    expect(result).toMatchObject({
      status: "fulfilled",
      value: {
        warnings: [
          `the engine failed, so the build ran again: ${error}`,
          `the engine failed, so the build ran again without the builder's cache: ${error}`,
        ],
      },
    });
    expect(fake.asked().map((line) => line.includes("--no-cache"))).toEqual([false, false, true]);
  });

  test("gives up after the second repetition", async () => {
    using fake = failing(3, push, "unknown: blob unknown to registry");
    const { result, imports } = await run(fake);
    expect(result).toMatchObject({ status: "rejected", reason: { code: "engine" } });
    expect(imports).toHaveLength(3);
  });

  test.each([
    [push, "denied: no push here"],
    ["[1/1] RUN a", "blob unknown"],
  ])("does not repeat a failure that a retry cannot mend: %s, %s", async (vertex, error) => {
    using fake = failing(1, vertex, error);
    const { result, imports } = await run(fake);
    expect(result.status).toBe("rejected");
    expect(imports).toHaveLength(1);
  });

  test("imports no caches the second time if one of them has lost a layer", async () => {
    const error = "could not fetch content descriptor sha256:aa (x) from remote: not found";
    using fake = failing(1, "[1/1] RUN b", error);
    const { result, pauses, imports } = await run(fake);
    expect(result).toMatchObject({
      status: "fulfilled",
      value: {
        warnings: [
          `a cache is missing a layer, so the leg was built again without reading caches: ${error}`,
        ],
      },
    });
    expect([pauses, imports]).toEqual([[], [true, false]]);
  });
});
