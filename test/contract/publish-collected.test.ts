import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { referredBy } from "../../src/oci/manifest.ts";
import { parseReference, type Repository } from "../../src/oci/reference.ts";
import {
  publishVariants,
  type PublishResult,
} from "../../src/pipeline/publish/publish-variants.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { RegistryClient } from "../../src/registry/client.ts";
import { anonymous } from "../../src/registry/auth/credentials.ts";
import { type RunningRegistry, startRegistry } from "../../src/server/start.ts";
import { pushImage } from "../support/images.ts";
import { planOf } from "../support/plans.ts";

const hour = 3_600_000;
let root = "";
let time = 0;
let registry: RunningRegistry;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "layerkeep-collected-"));
  time = Date.now();
  registry = await startRegistry({
    root,
    collect: { policy: "per-repository" },
    now: () => time,
  });
});
afterEach(async () => {
  await registry.close();
  await rm(root, { recursive: true, force: true });
});

async function withClient<T>(work: (client: RegistryClient) => Promise<T>): Promise<T> {
  await using client = new RegistryClient({
    credentials: anonymous,
    sleep: () => Promise.resolve(),
  });
  return await work(client);
}

/** A variant of two platforms, staged, to be published to another repository of the registry. */
async function staged(name: string): Promise<{ plan: Plan; target: Repository }> {
  const cache = { host: registry.host, path: `${name}/cache` };
  const target = { host: registry.host, path: `${name}/app` };
  const plan = planOf({
    cache,
    targets: [`${target.host}/${target.path}`],
    platforms: ["linux/amd64", "linux/arm64"],
  });
  await withClient((client) =>
    Promise.all(
      plan.legs.map((leg) =>
        pushImage(client, {
          repository: cache,
          platform: leg.platform,
          tag: parseReference(leg.staged?.leg ?? "").tag ?? "",
          layers: [{ seed: `${name} ${leg.id}`, size: 1_000 }],
          annotations: { "org.layerkeep.input": leg.input.digest },
        }),
      ),
    ),
  );
  return { plan, target };
}

/** Publishes with `step` run after each event, and gives the result once all of them ended. */
async function publish(
  plan: Plan,
  step: (event: number) => Promise<unknown> = () => Promise.resolve(),
): Promise<{ result: PublishResult | undefined; events: number }> {
  const steps: Promise<unknown>[] = [];
  const [result] = await withClient((client) =>
    publishVariants(plan, {
      client,
      ancestry: () => Promise.resolve("unknown"),
      onEvent: () => void steps.push(step(steps.length)),
    }),
  );
  await Promise.all(steps);
  return { result, events: steps.length };
}

/** What is missing of what a tag leads to; undefined where there is no such tag. */
async function missingFrom(target: Repository, tag: string): Promise<string[] | undefined> {
  return withClient(async (client) => {
    const found = await client.getManifest({ ...target, tag });
    if (found === undefined) return undefined;
    const missing: string[] = [];
    const queue = [found.manifest];
    for (const manifest of queue) {
      const { manifests, blobs } = referredBy(manifest);
      for (const { digest } of blobs) {
        if ((await client.headBlob(target, digest)) === undefined) missing.push(digest);
      }
      for (const { digest } of manifests) {
        const child = await client.getManifest({ ...target, digest });
        if (child === undefined) missing.push(digest);
        else queue.push(child.manifest);
      }
    }
    return missing;
  });
}

it("publishes at the first try while a collector runs all the time, thanks to the lease", async () => {
  const { plan, target } = await staged("leased");
  const { result, events } = await publish(plan, () => registry.collect({ graceMs: 0 }));
  expect(result?.error).toBeUndefined();
  expect(events).toBeGreaterThan(8);
  time += 1_000 * hour;
  await registry.collect();
  expect(await missingFrom(target, "1.0.0")).toEqual([]);
});

it("never leaves half an image under a tag, wherever leases end, and publishes whole when run again", async () => {
  const { events } = await publish((await staged("counted")).plan);
  let hurt = 0;
  for (let at = 0; at < events; at++) {
    const { plan, target } = await staged(`at${at}`);
    const first = await publish(plan, async (event) => {
      if (event >= at) await registry.collect({ graceMs: 0, leaseMs: 0 });
    });
    if (first.result?.error !== undefined) hurt++;
    const left = await missingFrom(target, "1.0.0");
    expect([at, left]).toEqual([at, first.result?.error === undefined ? [] : undefined]);
    const second = await publish(plan);
    expect([at, second.result?.error]).toEqual([at, undefined]);
    expect([at, await missingFrom(target, "1.0.0")]).toEqual([at, []]);
  }
  expect(hurt).toBeGreaterThan(0);
});

it("brings again what a collector without leases took, at the first try", async () => {
  const { events } = await publish((await staged("counted")).plan);
  let again = 0;
  for (let at = 0; at < events; at++) {
    const { plan, target } = await staged(`once${at}`);
    const { result, events: seen } = await publish(plan, async (event) => {
      if (event === at) await registry.collect({ graceMs: 0, leaseMs: 0 });
    });
    expect([at, result?.error]).toEqual([at, undefined]);
    expect([at, await missingFrom(target, "1.0.0")]).toEqual([at, []]);
    if (seen > events) again++;
  }
  expect(again).toBeGreaterThan(0);
});
