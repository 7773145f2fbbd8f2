import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { planOf } from "../../../../test/support/plans.ts";
import { buildRecord } from "../../../../test/support/records.ts";
import { builtLeg, reusedLeg } from "../../../../test/support/results.ts";
import { appendToLog } from "../../../pipeline/records/append-to-log.ts";
import type { PlannedLeg } from "../../../plan/plan.ts";
import { RegistryClient } from "../../../registry/client.ts";
import { type RunningRegistry, startRegistry } from "../../../server/start.ts";
import { readPastBuilds } from "./past-builds.ts";

const { signal } = new AbortController();
let root = "";
let registry: RunningRegistry;
let client: RegistryClient;
/** Hosts that were asked for something. */
let asked: Set<string>;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "layerkeep-past-"));
  registry = await startRegistry({ root });
  asked = new Set();
  client = new RegistryClient({
    credentials: ({ host }) => {
      asked.add(host);
      return Promise.resolve(undefined);
    },
  });
});
afterEach(async () => {
  await client[Symbol.asyncDispose]();
  await registry.close();
  rmSync(root, { recursive: true, force: true });
});

/** Legs of variants, of which some have a log of a build that took so many seconds. */
async function legsOf(
  variants: Readonly<Record<string, [action: PlannedLeg["action"], seconds?: number]>>,
): Promise<readonly PlannedLeg[]> {
  const cache = { host: registry.host, path: "cache" };
  const names = Object.keys(variants);
  const { legs } = planOf({ cache, targets: [], platforms: ["linux/amd64"], variants: names });
  for (const { id, variant, staged } of legs) {
    const seconds = variants[variant]?.[1];
    if (seconds === undefined) continue;
    const record = buildRecord({ leg: id, startedAt: "2026-11-21T04:00:00Z", cache: "h/c:x" });
    await appendToLog(client, staged?.log ?? "", { ...record, seconds });
  }
  return legs.map((leg) => ({ ...leg, action: variants[leg.variant]?.[0] ?? "build" }));
}

it("knows how long legs take: the median without a log, nothing if they are reused", async () => {
  const legs = await legsOf({ a: ["build", 80], b: ["build"], c: ["reuse", 70] });
  const past = readPastBuilds(legs, { building: true, reused: false }, client, signal);
  expect(past.known()).toEqual(new Map());
  const building = [
    ["a/linux/amd64", 80],
    ["b/linux/amd64", 80],
  ] as const;
  expect(await past.whenKnown).toEqual(new Map(building));
  await Promise.resolve();
  expect(past.known()).toEqual(new Map([["c/linux/amd64", 0], ...building]));
});

it("adds to reused legs what their last build took", async () => {
  const legs = await legsOf({ a: ["build", 80], b: ["reuse", 70], c: ["reuse"] });
  const past = readPastBuilds(legs, { building: false, reused: true }, client, signal);
  const results = [
    builtLeg({ leg: "a/linux/amd64" }),
    reusedLeg({ leg: "b/linux/amd64" }),
    reusedLeg({ leg: "c/linux/amd64" }),
  ];
  const [a, b, c] = results;
  expect(await past.withSaved(results)).toEqual([a, { ...b, saved: 70 }, c]);
});

it("asks Docker Hub for no log: it counts that as a pull", async () => {
  const [leg] = await legsOf({ a: ["reuse"] });
  if (leg?.staged == null) throw new Error("no staged leg");
  const onHub = { ...leg, staged: { ...leg.staged, log: "docker.io/acme/cache:log" } };
  const past = readPastBuilds([onHub], { building: false, reused: true }, client, signal);
  const results = [reusedLeg({ leg: leg.id })];
  expect(await past.withSaved(results)).toEqual(results);
  expect(asked).toEqual(new Set());
});
