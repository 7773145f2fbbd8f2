import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { bareInputs } from "../../../test/support/plans.ts";
import { digestOf } from "../../oci/digest.ts";
import { mediaTypes } from "../../oci/media-types.ts";
import { parseReference, parseRepository } from "../../oci/reference.ts";
import type { PlannedLeg } from "../../plan/plan.ts";
import { RegistryClient } from "../../registry/client.ts";
import { anonymous } from "../../registry/auth/credentials.ts";
import { type RunningRegistry, startRegistry } from "../../server/start.ts";
import { appendToLog } from "../records/append-to-log.ts";
import { readLog } from "../records/build-log.ts";
import { type BuildRecord, parseBuildRecord } from "../records/build-record.ts";
import { surveyRepository } from "../caches/survey.ts";
import { judgeCache, withIgnoredErrors } from "../build/cache-outcome.ts";
import { resolveLeg } from "./resolve-leg.ts";
import { explainBuilds } from "../explain/explain-build.ts";
import { stageBuilt } from "./stage-built.ts";
import { findStagedLeg, imageSize, inputAnnotation, stagedAnnotations } from "./staged-leg.ts";

let root: string;
let registry: RunningRegistry;
let client: RegistryClient;
let count = 0;
/** A repository for one test. */
let repository: string;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "layerkeep-pipeline-"));
  registry = await startRegistry({ root });
  client = new RegistryClient({ credentials: anonymous });
});

afterAll(async () => {
  await client[Symbol.asyncDispose]();
  await registry.close();
  rmSync(root, { recursive: true, force: true });
});

beforeEach(() => {
  repository = `${registry.host}/test/${++count}`;
});

function record(number: number, more: Partial<BuildRecord> = {}): BuildRecord {
  return {
    schema: "layerkeep.record.v1",
    leg: "core/linux/amd64",
    result: "built",
    startedAt: new Date(Date.UTC(2026, 10, 21, 4, number)).toISOString(),
    seconds: number,
    input: { digest: digestOf("input"), parts: { dockerfile: "1", "context/src": "2" } },
    commit: "c0ffee",
    ref: "refs/heads/main",
    run: null,
    steps: [],
    failure: null,
    digest: null,
    cache: { from: [], unread: [], to: [], written: "not-asked", trouble: null },
    ...more,
  };
}

function leg(more: Partial<PlannedLeg> = {}): PlannedLeg {
  return {
    id: "core/linux/amd64",
    variant: "core",
    platform: "linux/amd64",
    action: "build",
    reason: "no leg with these inputs is staged",
    bypass: "none",
    input: { digest: digestOf("input"), parts: { dockerfile: "1", "context/src": "2" } },
    staged: {
      leg: `${repository}:leg-core-amd64-1`,
      newest: `${repository}:leg-core-amd64`,
      log: `${repository}:log-core-amd64`,
    },
    preview: null,
    cache: { from: [], to: [] },
    build: bareInputs,
    runsOn: ["linux/amd64"],
    parents: [],
    unpinned: [],
    builders: [],
    runner: null,
    ...more,
  };
}

/** Pushes an image of one layer as a leg and returns the index's digest. */
async function pushLeg(tag: string, input?: string, content = "layer", more: object = {}) {
  const to = parseReference(repository);
  const blob = async (text: string, mediaType: string) => {
    const descriptor = { mediaType, digest: digestOf(text), size: Buffer.byteLength(text) };
    await client.pushBlob(to, descriptor, () => Buffer.from(text));
    return descriptor;
  };
  const config = await blob("{}", mediaTypes.ociConfig);
  const layer = await blob(content, mediaTypes.ociLayerGzip);
  const put = (value: object, mediaType: string, as?: string) =>
    client.putManifest(to, {
      bytes: Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...value })),
      mediaType,
      tag: as,
    });
  const child = await put({ config, layers: [layer] }, mediaTypes.ociManifest);
  const manifests = [{ ...child, platform: { os: "linux", architecture: "amd64" } }];
  const annotations = { ...(input === undefined ? {} : { [inputAnnotation]: input }), ...more };
  const index = await put({ manifests, annotations }, mediaTypes.ociIndex, tag);
  return { index: index.digest, child: child.digest };
}

function never(): never {
  throw new Error("it has no names");
}

const summary = {
  steps: [{ name: "[1/1] RUN x", cached: false, ms: 1, error: undefined }],
  failed: undefined,
  cacheExports: [
    {
      name: "exporting cache to registry",
      type: "registry" as const,
      skipped: false,
      error: undefined,
    },
  ],
  cacheImportErrors: [],
  warnings: [],
  logs: [],
};

describe("a leg's log", () => {
  test("is empty if there is none", async () => {
    expect(await readLog(client, `${repository}:log`)).toEqual([]);
  });

  test("returns its records in order, and only the last on request", async () => {
    for (const number of [1, 2, 3]) {
      expect(await appendToLog(client, `${repository}:log`, record(number))).toBeUndefined();
    }
    expect(await readLog(client, `${repository}:log`)).toEqual([record(1), record(2), record(3)]);
    expect(await readLog(client, `${repository}:log`, { last: 1 })).toEqual([record(3)]);
  });

  test("keeps the last 50", async () => {
    for (let number = 1; number <= 52; number += 1) {
      await appendToLog(client, `${repository}:log`, record(number));
    }
    const kept = await readLog(client, `${repository}:log`);
    expect(kept.map(({ seconds }) => seconds)).toEqual(
      Array.from({ length: 50 }, (_, index) => index + 3),
    );
  });

  test("loses at most one record if two builds write at once, and warns", async () => {
    const log = `${repository}:log`;
    await appendToLog(client, log, record(1));
    const warnings = await Promise.all([2, 3].map((n) => appendToLog(client, log, record(n))));
    const kept = (await readLog(client, log)).length;
    expect(kept).toBeGreaterThanOrEqual(2);
    if (kept === 2) expect(warnings.filter((warning) => warning !== undefined)).not.toEqual([]);
  });

  describe("with a record deleted by a collector", () => {
    let log: string;
    beforeEach(async () => {
      log = `${repository}:log`;
      for (const number of [1, 2, 3]) await appendToLog(client, log, record(number));
      expect(await takeLayer(log, 1)).toBe(true);
    });

    /** Deletes a record's blob, as a collector would. */
    async function takeLayer(name: string, index: number): Promise<boolean> {
      const reference = parseReference(name);
      const { host, path } = reference;
      const found = await client.getManifest(reference);
      const content = found?.manifest.kind === "manifest" ? found.manifest.content : undefined;
      const digest = content?.layers[index]?.digest ?? "";
      const method = "DELETE";
      return (await fetch(`http://${host}/v2/${path}/blobs/${digest}`, { method })).ok;
    }

    test("still returns the others, and names the missing one", async () => {
      const lost: string[] = [];
      const onLost = (problem: string): void => void lost.push(problem);
      expect(await readLog(client, log, { onLost })).toEqual([record(1), record(3)]);
      expect(lost).toEqual([
        expect.stringMatching(/^the record of .* is no longer in the registry$/),
      ]);
    });

    test("is appended to without it", async () => {
      expect(await appendToLog(client, log, record(4))).toBeUndefined();
      expect(await readLog(client, log)).toEqual([record(1), record(3), record(4)]);
    });

    test("is appended to with a record that this client pushed before", async () => {
      expect(await takeLayer(log, 2)).toBe(true);
      expect(await appendToLog(client, log, record(3))).toBeUndefined();
      expect(await readLog(client, log)).toEqual([record(1), record(3)]);
    });

    test("does not fail the survey of its repository, which reports it", async () => {
      const listed = await surveyRepository(client, parseRepository(repository));
      expect(listed).toMatchObject([
        {
          tag: "log",
          kind: "log",
          problem: expect.stringContaining("no longer in the registry") as string,
        },
      ]);
    });
  });

  test("does not overwrite a tag that is not a log", async () => {
    await pushLeg("log", "x");
    await expect(appendToLog(client, `${repository}:log`, record(1))).rejects.toMatchObject({
      code: "format",
      message: expect.stringMatching(/is not a build log/) as string,
    });
  });

  test.each(["{", "[]", "{}", '{"schema":"layerkeep.record.v2"}'])(
    "rejects a malformed record: %s",
    (text) => {
      expect(() => parseBuildRecord(Buffer.from(text))).toThrow(/a build record/);
    },
  );
});

describe("a staged leg", () => {
  test("is whole, with the size of its image", async () => {
    const pushed = await pushLeg("leg-core-amd64-1", leg().input.digest);
    const staged = parseReference(`${repository}:leg-core-amd64-1`);
    const found = await findStagedLeg(client, leg(), staged);
    if (found.state !== "whole") throw new Error(found.state);
    expect(found.manifest.descriptor.digest).toBe(pushed.index);
    expect(await imageSize(client, staged, found.manifest)).toBe(7);
  });

  test("is missing, built from other inputs, or incomplete", async () => {
    const tag = `${repository}:leg-core-amd64-1`;
    expect(await findStagedLeg(client, leg(), parseReference(tag))).toEqual({ state: "missing" });
    const other = await pushLeg("leg-core-amd64-1", "sha256:other");
    expect(await findStagedLeg(client, leg(), parseReference(tag))).toEqual({
      state: "unusable",
      digest: other.index,
      why: `${tag} was built from different inputs (sha256:other) than planned (${leg().input.digest})`,
    });
    const unnamed = await pushLeg("leg-core-amd64-1");
    expect(await findStagedLeg(client, leg(), parseReference(tag))).toEqual({
      state: "unusable",
      digest: unnamed.index,
      why: `${tag} has no input digest`,
    });
    const { index, child } = await pushLeg("leg-core-amd64-1", leg().input.digest);
    await client.deleteManifest(parseReference(repository), child);
    expect(await findStagedLeg(client, leg(), parseReference(tag))).toEqual({
      state: "unusable",
      digest: index,
      why: `${tag} is missing ${child}`,
    });
  });

  test.each([
    ["the same", { "a.proto: message B": "1" }, []],
    ["new ones besides", { "a.proto: message B": "1", "a.proto: message C": "1" }, []],
    ["another one", { "a.proto: message B": "2" }, ["a.proto: message B"]],
    ["none", undefined, ["a.proto: message B (deleted)"]],
  ])("with additions to a baseline is outdated if one changed: %s", async (_, now, changed) => {
    const { input } = leg();
    const built = leg({ input: { ...input, additions: { "a.proto: message B": "1" } } });
    await pushLeg("leg-core-amd64-1", input.digest, "layer", stagedAnnotations(built));
    const planned = leg({ input: now === undefined ? input : { ...input, additions: now } });
    const found = await findStagedLeg(
      client,
      planned,
      parseReference(`${repository}:leg-core-amd64-1`),
    );
    expect(found).toMatchObject(
      changed.length === 0 ? { state: "whole" } : { state: "outdated", changed },
    );
  });

  test("is outdated if what it has as additions cannot be read", async () => {
    for (const text of ["", "[1]", '{"a": 1}']) {
      const more = { "org.layerkeep.additions": text };
      await pushLeg("leg-core-amd64-1", leg().input.digest, "layer", more);
      const staged = parseReference(`${repository}:leg-core-amd64-1`);
      expect(await findStagedLeg(client, leg(), staged), text).toMatchObject({
        state: "outdated",
        changed: ["one of many definitions"],
      });
    }
  });

  test("that is outdated is replaced by a new build, and until then published", async () => {
    const { input } = leg();
    const built = leg({ input: { ...input, additions: { "a.proto: message B": "1" } } });
    const old = await pushLeg("leg-core-amd64-1", input.digest, "old", stagedAnnotations(built));
    const planned = leg();
    if (planned.staged === null) throw new Error("it has no names");
    expect((await resolveLeg(client, planned)).digest).toBe(old.index);
    const mine = await pushLeg("leg-core-amd64", input.digest, "mine");
    const staged = await stageBuilt(planned, planned.staged, mine.index, { client });
    expect(staged.digest).toBe(mine.index);
    expect((await resolveLeg(client, planned)).digest).toBe(mine.index);
  });

  test("takes its tag only if no other run was first", async () => {
    const planned = leg();
    if (planned.staged === null) throw new Error("it has no names");
    const mine = await pushLeg("leg-core-amd64", planned.input.digest, "mine");
    const first = await stageBuilt(planned, planned.staged, mine.index, { client });
    expect(first).toEqual({ digest: mine.index, bytes: 6, reason: planned.reason });
    const late = await pushLeg("leg-core-amd64", planned.input.digest, "late!");
    const yielded = {
      digest: mine.index,
      bytes: 6,
      reason: "another run staged it first, so that run's image is used",
    };
    expect(await stageBuilt(planned, planned.staged, late.index, { client })).toEqual(yielded);
  });

  test("is replaced only by a build that saw it when it started", async () => {
    const planned = leg({ bypass: "staged", reason: "--force was given" });
    if (planned.staged === null) throw new Error("it has no names");
    const seen = await pushLeg("leg-core-amd64-1", planned.input.digest, "seen");
    const forced = await pushLeg("leg-core-amd64", planned.input.digest, "forced");
    const replaces = seen.index;
    const stage = (digest: typeof replaces) =>
      stageBuilt(planned, planned.staged ?? never(), digest, { client, replaces });
    expect(await stage(forced.index)).toEqual({
      digest: forced.index,
      bytes: 8,
      reason: "--force was given",
    });
    const second = await pushLeg("leg-core-amd64", planned.input.digest, "second");
    expect(await stage(second.index)).toMatchObject({ digest: forced.index });
  });

  test("is replaced by any build that started without it, if an input is not pinned", async () => {
    const planned = leg({ bypass: "staged", unpinned: ["alpine:3"] });
    const names = planned.staged ?? never();
    await pushLeg("leg-core-amd64-1", planned.input.digest, "older");
    const { index } = await pushLeg("leg-core-amd64", planned.input.digest, "newer");
    expect(await stageBuilt(planned, names, index, { client })).toMatchObject({ digest: index });
  });

  test("replaces unusable content", async () => {
    const planned = leg();
    const names = planned.staged ?? never();
    const { child } = await pushLeg("leg-core-amd64-1", planned.input.digest, "broken");
    await client.deleteManifest(parseReference(repository), child);
    const { index } = await pushLeg("leg-core-amd64", planned.input.digest, "whole");
    expect(await stageBuilt(planned, names, index, { client })).toMatchObject({ digest: index });
  });

  test("throws if the engine reported a push that the registry does not have", async () => {
    const planned = leg();
    if (planned.staged === null) throw new Error("it has no names");
    await expect(
      stageBuilt(planned, planned.staged, digestOf("nowhere"), { client }),
    ).rejects.toMatchObject({
      code: "format",
      message: expect.stringMatching(/the registry does not contain it$/) as string,
    });
  });
});

describe("explainBuilds", () => {
  const explained = async (more: Partial<PlannedLeg> = {}): Promise<string> =>
    (await explainBuilds(client, [leg(more)]))[0]?.reason ?? "";

  test("reports what changed since the last build", async () => {
    const parts = { dockerfile: "1", "context/src": "old" };
    const input = { digest: digestOf("other"), parts };
    await appendToLog(client, `${repository}:log-core-amd64`, record(1, { input }));
    expect(await explained()).toBe("changed since 2026-11-21 04:01: context/src");
  });

  test("reports that the last build failed", async () => {
    await appendToLog(client, `${repository}:log-core-amd64`, record(1, { result: "failed" }));
    expect(await explained()).toBe("its last build, on 2026-11-21 04:01, failed");
  });

  test("reports what is wrong with the staged leg if its inputs are the same", async () => {
    await appendToLog(client, `${repository}:log-core-amd64`, record(1));
    expect(await explained({ reason: "x lacks y" })).toBe(
      "built on 2026-11-21 04:01 from the same inputs, but x lacks y",
    );
  });

  test("keeps the plan's reason without a log, for a reused leg, a requested build and an outdated leg", async () => {
    expect(await explained()).toBe("no leg with these inputs is staged");
    await appendToLog(client, `${repository}:log-core-amd64`, record(1, { result: "failed" }));
    expect(await explained({ action: "reuse", reason: "r" })).toBe("r");
    expect(await explained({ bypass: "staged", reason: "--force was given" })).toBe(
      "--force was given",
    );
    expect(await explained({ outdated: ["a"], reason: "a has changed" })).toBe("a has changed");
  });
});

describe("judgeCache", () => {
  const to = () => [{ type: "registry" as const, attributes: { ref: `${repository}:cache` } }];
  const judged = (more: Partial<typeof summary> = {}) =>
    judgeCache(leg({ cache: { from: [], to: to() } }), { ...summary, ...more }, options());

  const options = () => ({
    client,
    since,
    root: "/nowhere",
    env: {},
    now: () => new Date(),
    digest: undefined,
  });

  const since = new Date("2026-11-01T00:00:00Z");

  /** A cache as BuildKit writes it, with a config of this many bytes, and its layers. */
  async function pushCache(
    bytes: number,
    blobs: readonly { readonly name: string; readonly created?: string }[] = [],
  ): Promise<void> {
    const layers = blobs.map(({ name, created }) => ({
      mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
      digest: digestOf(name),
      size: name.length,
      annotations: created === undefined ? {} : { "buildkit/createdat": created },
    }));
    const at = parseReference(repository);
    for (const [index, layer] of layers.entries()) {
      await client.pushBlob(at, layer, () => Buffer.from(blobs[index]?.name ?? ""));
    }
    const known = JSON.stringify({
      layers: layers.map(({ digest }) => ({ blob: digest, parent: -1 })),
      x: "",
    });
    const text = known.replace('"x":""', `"x":"${"x".repeat(bytes - known.length)}"`);
    const config = {
      mediaType: mediaTypes.buildkitCache,
      digest: digestOf(text),
      size: bytes,
    };
    await client.pushBlob(at, config, () => Buffer.from(text));
    const content = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers };
    await client.putManifest(at, {
      bytes: Buffer.from(JSON.stringify(content)),
      mediaType: mediaTypes.ociManifest,
      tag: "cache",
    });
  }

  test("reads a cache back from the registry", async () => {
    await pushCache(100);
    expect(await judged()).toEqual({
      from: [],
      unread: [],
      to: to(),
      written: "yes",
      trouble: null,
      readBack: [{ ref: `${repository}:cache`, records: 0, layers: 0, newBlobs: 0 }],
    });
  });

  test("reports a new blob that is missing", async () => {
    await pushCache(500, [{ name: "old", created: "2026-01-01T00:00:00Z" }, { name: "new" }]);
    expect(await judged()).toMatchObject({
      written: "yes",
      readBack: [{ records: 0, layers: 2, newBlobs: 1 }],
    });
    const { host, path } = parseReference(repository);
    const url = `http://${host}/v2/${path}/blobs/${digestOf("new")}`;
    expect((await fetch(url, { method: "DELETE" })).status).toBe(202);
    expect(await judged()).toMatchObject({
      written: "failed",
      trouble: `the cache ${repository}:cache is missing blobs that were just written: ${digestOf("new")}`,
    });
  });

  test("reports not-asked if no cache is written", async () => {
    expect(await judgeCache(leg(), summary, options())).toMatchObject({
      written: "not-asked",
      trouble: null,
    });
  });

  test("misses no cache if the engine had nothing to export, and reads no older one", async () => {
    const skipped = { ...summary.cacheExports[0], skipped: true } as never;
    const missing = { written: "not-asked", trouble: null };
    expect(await judged({ cacheExports: [skipped] })).toMatchObject(missing);
    expect(await judged({ steps: [] })).toMatchObject({ written: "failed" });
    const refused = { ...summary.cacheExports[0], skipped: true, error: "403" } as never;
    expect(await judged({ cacheExports: [refused] })).toMatchObject({
      written: "failed",
      trouble: `the cache ${repository}:cache was not written: 403`,
    });
    await pushCache((1 << 20) + 1);
    expect(await judged({ cacheExports: [skipped] })).toMatchObject(missing);
  });

  test("reports an export that failed, or a cache that the registry does not have", async () => {
    const refused = { ...summary.cacheExports[0], error: "403" } as never;
    expect(await judged({ cacheExports: [refused] })).toMatchObject({
      written: "failed",
      trouble: `the cache ${repository}:cache was not written: 403`,
    });
    expect(await judged({ cacheExports: [] })).toMatchObject({
      written: "failed",
      trouble: `the cache ${repository}:cache was not written: the engine did not confirm that it was written`,
    });
    expect(await judged()).toMatchObject({
      written: "failed",
      trouble: `the cache ${repository}:cache was written, but no longer exists`,
    });
  });

  test("reports a cache that BuildKit can never import", async () => {
    await pushCache((1 << 20) + 1);
    expect(await judged()).toMatchObject({
      written: "failed",
      trouble: expect.stringMatching(/too large to import: the config is 1048577 bytes/) as string,
    });
  });

  test("warns of an unreadable cache, but not of one that was never written", async () => {
    await pushCache(100);
    const importer = "failed to configure registry cache importer";
    const errors = [
      `importing a: ${importer}: a: not found`,
      "importing b: 500 Internal Server Error",
    ];
    expect(await judged({ cacheImportErrors: errors } as never)).toMatchObject({
      unread: ["a cache could not be read: importing b: 500 Internal Server Error"],
    });
  });

  test("sets ignore-error on every export except an inline one", () => {
    const ref = { type: "registry", attributes: { ref: "a" } } as const;
    expect(withIgnoredErrors(ref)).toEqual({
      type: "registry",
      attributes: { ref: "a", "ignore-error": "true" },
    });
    const asked = { type: "local", attributes: { dest: "a", "ignore-error": "false" } } as const;
    expect(withIgnoredErrors(asked)).toEqual(asked);
    expect(withIgnoredErrors({ type: "inline", attributes: {} })).toEqual({
      type: "inline",
      attributes: {},
    });
  });
});
