import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { buildRecord } from "../../../test/support/records.ts";
import { emptyContent, emptyDescriptor, renderArtifact } from "../../oci/artifact.ts";
import { parseReference } from "../../oci/reference.ts";
import { anonymous } from "../../registry/auth/credentials.ts";
import { RegistryClient } from "../../registry/client.ts";
import { type RunningRegistry, startRegistry } from "../../server/start.ts";
import { appendToLog } from "../records/append-to-log.ts";
import type { BuildRecord } from "../records/build-record.ts";
import { maskSecrets } from "../../secrets.ts";
import { keepStepLogs, packStepLogs } from "../records/step-logs.ts";
import { findBuilds, type FindBuildsOptions } from "./find-builds.ts";

let root: string;
let registry: RunningRegistry;
let client: RegistryClient;
let lost: string[];
const legs = (): readonly { id: string; log: string }[] =>
  ["a", "b"].map((id) => ({ id, log: `${registry.host}/cache:log-${id}` }));

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "layerkeep-builds-"));
  registry = await startRegistry({ root });
  client = new RegistryClient({ credentials: anonymous });
  lost = [];
});
afterEach(async () => {
  await client[Symbol.asyncDispose]();
  await registry.close();
  rmSync(root, { recursive: true, force: true });
});

function record(leg: string, minute: number, result: BuildRecord["result"] = "built"): BuildRecord {
  const startedAt = new Date(Date.UTC(2026, 10, 21, 4, minute)).toISOString();
  return { ...buildRecord({ leg, startedAt, cache: "h.io/cache:a" }), result, seconds: minute };
}

async function append(leg: string, minute: number, result?: BuildRecord["result"]): Promise<void> {
  const lines = { head: [`of ${leg} ${minute}`], left: { lines: 0, bytes: 0 }, tail: [] };
  const stepLogs = await packStepLogs(keepStepLogs([{ step: "RUN", lines }], maskSecrets));
  const own = record(leg, minute, result);
  await appendToLog(client, `${registry.host}/cache:log-${leg}`, own, { stepLogs });
}

async function found(changes: Partial<FindBuildsOptions> = {}): Promise<readonly string[]> {
  const builds = await findBuilds(legs(), {
    client,
    localBuilds: () => [],
    last: 20,
    failed: false,
    onLost: (problem) => lost.push(problem),
    ...changes,
  });
  return builds.map(({ record, recorded }) => `${record.leg}${record.seconds} ${recorded}`);
}

it("finds the last builds of all legs, in logs and on this machine, the newest first", async () => {
  for (const [leg, minute] of [
    ["a", 1],
    ["b", 2],
    ["a", 4],
  ] as const)
    await append(leg, minute);
  const local = { record: record("b", 3), stepLogs: () => Promise.resolve(undefined) };
  const localBuilds: FindBuildsOptions["localBuilds"] = ({ id }) => (id === "b" ? [local] : []);
  expect(await found({ localBuilds })).toEqual(["a4 log", "b3 here", "b2 log", "a1 log"]);
  expect(await found({ localBuilds, last: 2 })).toEqual(["a4 log", "b3 here"]);
  expect(await found({ last: 1 })).toEqual(["a4 log"]);
});

it("finds the builds that failed, however many did not since", async () => {
  await append("a", 0, "failed");
  for (let minute = 1; minute <= 40; minute++) await append("a", minute);
  expect(await found({ failed: true, last: 1 })).toEqual(["a0 log"]);
});

it("reads what the steps of a build printed, and reports what is missing", async () => {
  await append("a", 1);
  const options = { client, localBuilds: () => [], last: 1, failed: false };
  const onLost = (problem: string): void => void lost.push(problem);
  const [build] = await findBuilds(legs(), { ...options, onLost });
  expect(await build?.stepLogs()).toMatchObject({ steps: [{ step: "RUN", log: "of a 1" }] });

  const reference = parseReference(legs()[0]?.log ?? "");
  const log = await client.getManifest(reference);
  const layers = log?.manifest.kind === "manifest" ? log.manifest.content.layers : [];
  const url = `http://${registry.host}/v2/cache/blobs/${layers[0]?.digest ?? ""}`;
  expect((await fetch(url, { method: "DELETE" })).ok).toBe(true);
  expect(await build?.stepLogs()).toBeUndefined();
  expect(lost).toEqual([
    `${registry.host}/cache:log-a: the step log of 2026-11-21T04:01:00.000Z is no longer in the registry`,
  ]);
});

it("goes on if a log cannot be read, unless there is nothing else", async () => {
  const log = `${registry.host}/cache:log-b`;
  const reference = parseReference(log);
  await client.pushBlob(reference, emptyDescriptor, () => emptyContent);
  const image = renderArtifact({ artifactType: "text/plain" });
  await client.putManifest(reference, { ...image, tag: "log-b" });
  await expect(found()).rejects.toThrow("log-b in cache is not a build log");
  await append("a", 1);
  expect(await found()).toEqual(["a1 log"]);
  expect(lost).toEqual([`cannot read the log ${log}: log-b in cache is not a build log`]);
});
