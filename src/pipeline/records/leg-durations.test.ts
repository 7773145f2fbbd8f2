import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { planOf } from "../../../test/support/plans.ts";
import { digestOf } from "../../oci/digest.ts";
import { RegistryClient } from "../../registry/client.ts";
import { anonymous } from "../../registry/auth/credentials.ts";
import { startRegistry } from "../../server/start.ts";
import { appendToLog } from "./append-to-log.ts";
import type { BuildRecord } from "./build-record.ts";
import { readDurations } from "./leg-durations.ts";

function record(leg: string, seconds: number, result: BuildRecord["result"]): BuildRecord {
  return {
    schema: "layerkeep.record.v1",
    leg,
    result,
    startedAt: "2026-11-21T04:00:00Z",
    seconds,
    input: { digest: digestOf("input"), parts: {} },
    commit: "c0ffee",
    ref: "refs/heads/main",
    run: null,
    steps: [],
    failure: null,
    digest: null,
    cache: { from: [], unread: [], to: [], written: "not-asked", trouble: null },
  };
}

it("reads how long the last finished build of each leg took, and skips what it cannot read", async () => {
  const root = mkdtempSync(join(tmpdir(), "layerkeep-durations-"));
  const registry = await startRegistry({ root });
  const client = new RegistryClient({ credentials: anonymous });
  try {
    const cache = { host: registry.host, path: "cache" };
    const variants = ["built", "failing", "failed", "new", "reused", "elsewhere", "unstaged"];
    const { legs: staged } = planOf({ cache, targets: [], platforms: ["linux/amd64"], variants });
    const legs = staged.map((leg) => {
      const building = { ...leg, action: "build" as const };
      if (leg.variant === "reused") return leg;
      if (leg.variant === "unstaged") return { ...building, staged: null };
      if (leg.variant !== "elsewhere" || leg.staged === null) return building;
      return { ...building, staged: { ...leg.staged, log: "127.0.0.1:1/none:log" } };
    });
    const keep = async (variant: string, ...records: [number, BuildRecord["result"]][]) => {
      const leg = staged.find((one) => one.variant === variant);
      for (const [seconds, result] of records) {
        await appendToLog(client, leg?.staged?.log ?? "", record(leg?.id ?? "", seconds, result));
      }
    };
    await keep("built", [100, "built"], [80, "built"]);
    await keep("failing", [90, "built"], [1, "failed"]);
    await keep("failed", [1, "failed"]);
    await keep("reused", [70, "built"]);
    expect(await readDurations(client, legs)).toEqual(
      new Map([
        ["built/linux/amd64", 80],
        ["failing/linux/amd64", 90],
        ["reused/linux/amd64", 70],
      ]),
    );
  } finally {
    await client[Symbol.asyncDispose]();
    await registry.close();
    rmSync(root, { recursive: true, force: true });
  }
});
