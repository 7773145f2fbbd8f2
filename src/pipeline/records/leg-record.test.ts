import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { planOf } from "../../../test/support/plans.ts";
import { BuildFailure } from "../../buildkit/progress/build-errors.ts";
import { Progress, type ProgressSummary } from "../../buildkit/progress/progress.ts";
import { anonymous } from "../../registry/auth/credentials.ts";
import { RegistryClient } from "../../registry/client.ts";
import { startRegistry } from "../../server/start.ts";
import { readLog } from "./build-log.ts";
import { maskOf, maskSecrets } from "../../secrets.ts";
import { unpackStepLogs } from "./step-logs.ts";
import { recordBuilt, recordFailed } from "./leg-record.ts";

it("reports whether the previous build wrote the cache, and when it was last read", async () => {
  const root = mkdtempSync(join(tmpdir(), "layerkeep-record-"));
  await using registry = await startRegistry({ root });
  await using client = new RegistryClient({ credentials: anonymous });
  const cache = { host: registry.host, path: "acme/cache" };
  const plan = planOf({ cache, targets: [], platforms: ["linux/amd64"] });
  const [planned] = plan.legs;
  if (planned?.staged === null || planned === undefined) throw new Error("the plan has no leg");
  const ref = `${registry.host}/acme/cache:cache-app-amd64`;
  const leg = {
    ...planned,
    cache: { from: [], to: [{ type: "registry", attributes: { ref } }] },
  } as const;
  const failed = {
    ...new Progress().summary(),
    cacheExports: [
      {
        name: "exporting cache to registry",
        type: "registry",
        skipped: false,
        error: "403 Forbidden",
      },
    ],
  } as const;
  const build = async (minute: number) => {
    const started = new Date(Date.UTC(2026, 10, 21, 4, minute));
    const options = {
      client,
      now: () => started,
      root,
      buildx: { env: {} },
      mask: maskSecrets,
      keepLogs: true,
      writeLocalRecord: () => Promise.resolve(),
    };
    const built = { summary: failed, digest: undefined, mounts: [] };
    return recordBuilt(plan, leg, started, built, options);
  };
  expect((await build(1)).record.cache.trouble).toBe(
    `the cache ${ref} was not written: 403 Forbidden`,
  );
  const second = await build(2);
  expect(second.unused).toBeUndefined();
  expect(second.record.cache.trouble).toBe(
    `the cache ${ref} was not written: 403 Forbidden. The previous build, on 2026-11-21T04:01:00.000Z, did not write it either`,
  );
  expect((await build(60 * 24 * 31)).unused).toBe(
    "no build has used the leg's cache since 2026-11-21T04:02:00.000Z",
  );
  expect(await readLog(client, planned.staged.log)).toHaveLength(3);
  rmSync(root, { recursive: true, force: true });
});

it("keeps what the steps printed beside the record, unless that is off", async () => {
  await using client = new RegistryClient({ credentials: anonymous });
  const cache = { host: "ghcr.io", path: "acme/cache" };
  const plan = planOf({ cache, targets: [], platforms: ["linux/amd64"] });
  const [planned] = plan.legs;
  if (planned === undefined) throw new Error("the plan has no leg");
  const lines = { head: ["by hunter2-hunter2"], left: { lines: 0, bytes: 0 }, tail: [] };
  const none = new Progress().summary();
  const kept = async (keepLogs: boolean, summary: ProgressSummary) => {
    const error = new BuildFailure({ argv: [], exitCode: 1, purpose: "build" }, summary);
    const written: unknown[] = [];
    await recordFailed(plan, { ...planned, staged: null }, new Date(0), error, {
      ...{ client, now: () => new Date(0), root: "/", buildx: { env: {} }, keepLogs },
      mask: maskOf(["hunter2-hunter2"]),
      writeLocalRecord: async (record, stepLogs) => {
        const unpacked = stepLogs === undefined ? undefined : await unpackStepLogs(stepLogs);
        written.push(record.stepLogs, unpacked?.steps);
      },
    });
    return written;
  };
  const printed = { ...none, logs: [{ step: "RUN a", lines }] };
  expect(await kept(true, printed)).toEqual(["kept", [{ step: "RUN a", log: "by ***" }]]);
  expect(await kept(true, none)).toEqual(["none", undefined]);
  expect(await kept(false, printed)).toEqual(["off", undefined]);
});
