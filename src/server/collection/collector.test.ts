import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { digestOf } from "../../oci/digest.ts";
import { mediaTypes } from "../../oci/media-types.ts";
import { type RegistryOptions, type RunningRegistry, startRegistry } from "../start.ts";
import type { Collected } from "../store/collect.ts";
import { startCollector } from "./collector.ts";

const hour = 3_600_000;
let root = "";
let time = 0;
let running: RunningRegistry[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "layerkeep-collector-"));
  time = Date.now();
});
afterEach(async () => {
  await Promise.all(running.map((registry) => registry.close()));
  running = [];
  await rm(root, { recursive: true, force: true });
});

async function start(options: Partial<RegistryOptions> = {}): Promise<RunningRegistry> {
  const registry = await startRegistry({ root, now: () => time, ...options });
  running.push(registry);
  return registry;
}

/** Pushes an image with one blob as both its config and its layer; by digest if there is no tag. */
async function put({ url }: RunningRegistry, name: string, text: string, tag?: string) {
  const blob = digestOf(text);
  await expectStatus(201, `${url}/v2/${name}/blobs/uploads/?digest=${blob}`, "POST", text);
  const entry = { mediaType: mediaTypes.ociLayerGzip, digest: blob, size: text.length };
  const config = { ...entry, mediaType: mediaTypes.ociConfig };
  const type = mediaTypes.ociManifest;
  const content = { schemaVersion: 2, mediaType: type, config, layers: [entry] };
  const bytes = JSON.stringify(content);
  const digest = digestOf(bytes);
  await expectStatus(201, `${url}/v2/${name}/manifests/${tag ?? digest}`, "PUT", bytes, type);
  return { manifest: digest, blob, bytes: bytes.length + text.length };
}

async function expectStatus(
  status: number,
  url: string,
  method: string,
  body: string,
  type = "application/octet-stream",
): Promise<void> {
  const response = await fetch(url, { method, body, headers: { "content-type": type } });
  expect([response.status, status === response.status ? "" : await response.text()]).toEqual([
    status,
    "",
  ]);
}

async function statusOf({ url }: RunningRegistry, path: string): Promise<number> {
  const response = await fetch(`${url}/v2/${path}`);
  await response.arrayBuffer();
  return response.status;
}

describe("a requested collection", () => {
  it("deletes untagged content after grace and lease, and returns what was deleted", async () => {
    const registry = await start({ collect: { policy: "untagged" } });
    await put(registry, "app", "kept", "v1");
    const gone = await put(registry, "app", "gone");
    time += 24 * hour - 1;
    expect(await registry.collect()).toEqual([]);
    time += 1;
    expect(await registry.collect()).toEqual([
      { repository: "app", manifests: [gone.manifest], blobs: [gone.blob], bytes: gone.bytes },
    ]);
    expect([
      await statusOf(registry, "app/manifests/v1"),
      await statusOf(registry, `app/manifests/${gone.manifest}`),
      await statusOf(registry, `app/blobs/${gone.blob}`),
      await statusOf(registry, `app/blobs/${digestOf("kept")}`),
    ]).toEqual([200, 404, 404, 200]);
    expect(await registry.collect()).toEqual([]);
  });

  it("deletes a digest that is tagged in another repository after an hour under per-repository", async () => {
    const registry = await start({ collect: { policy: "per-repository" } });
    await put(registry, "cache", "leg", "leg");
    const { manifest, blob } = await put(registry, "app", "leg");
    time += hour - 1;
    expect(await registry.collect()).toEqual([]);
    time += 1;
    expect(await registry.collect({ policy: "untagged" })).toEqual([]);
    expect(await registry.collect()).toMatchObject([
      { repository: "app", manifests: [manifest], blobs: [blob] },
    ]);
    expect(await statusOf(registry, `app/manifests/${manifest}`)).toBe(404);
    expect(await statusOf(registry, "cache/manifests/leg")).toBe(200);
    expect(await statusOf(registry, `cache/blobs/${blob}`)).toBe(200);
  });

  it("keeps what a client found within the lease, and everything that it refers to", async () => {
    const registry = await start({ collect: { policy: "per-repository", graceMs: 0 } });
    const { manifest } = await put(registry, "app", "image");
    const other = await put(registry, "app", "other");
    time += hour - 1;
    expect(await statusOf(registry, `app/manifests/${manifest}`)).toBe(200);
    time += hour - 1;
    expect(await registry.collect()).toMatchObject([
      { manifests: [other.manifest], blobs: [other.blob] },
    ]);
    time += 1;
    expect(await registry.collect()).toMatchObject([{ manifests: [manifest] }]);
  });

  it("keeps blobs that were requested or mounted within the lease", async () => {
    const registry = await start({ collect: { policy: "per-repository", graceMs: 0 } });
    const { url } = registry;
    const [asked, mounted, other] = ["asked", "mounted", "other"].map((text) => digestOf(text));
    for (const text of ["asked", "mounted", "other"]) {
      const upload = `${url}/v2/app/blobs/uploads/?digest=${digestOf(text)}`;
      await expectStatus(201, upload, "POST", text);
    }
    const mount = `${url}/v2/app/blobs/uploads/?mount=${mounted ?? ""}&from=app`;
    time += hour - 1;
    expect((await fetch(`${url}/v2/app/blobs/${asked ?? ""}`, { method: "HEAD" })).status).toBe(
      200,
    );
    await expectStatus(201, mount, "POST", "");
    time += 1;
    expect(await registry.collect()).toMatchObject([{ manifests: [], blobs: [other] }]);
    time += hour - 2;
    expect(await registry.collect()).toEqual([]);
    time += 1;
    const [last] = await registry.collect();
    expect([...(last?.blobs ?? [])].sort()).toEqual([asked, mounted].sort());
  });

  it("restarts all leases and graces after a restart", async () => {
    const collect = { policy: "untagged", graceMs: 0 } as const;
    const first = await start({ collect });
    const { manifest } = await put(first, "app", "image");
    await first.close();
    time += hour;
    const second = await start({ collect });
    time += hour - 1;
    expect(await second.collect()).toEqual([]);
    time += 1;
    expect(await second.collect()).toMatchObject([{ manifests: [manifest] }]);
  });

  it("deletes nothing by default, and what a requested policy names", async () => {
    const registry = await start();
    const { manifest } = await put(registry, "app", "image");
    time += 1_000 * hour;
    expect(await registry.collect()).toEqual([]);
    expect(await registry.collect({ policy: "untagged" })).toMatchObject([
      { manifests: [manifest] },
    ]);
  });

  it("refuses invalid times, and a closed registry", async () => {
    await expect(start({ collect: { policy: "untagged", graceMs: -1 } })).rejects.toThrow(
      "graceMs for garbage collection is -1; it must be at least 0 milliseconds",
    );
    await expect(start({ collect: { policy: "untagged", everyMs: 0 } })).rejects.toThrow(
      "everyMs for garbage collection is 0; it must be from 1 to 2147483647 milliseconds",
    );
    const registry = await start();
    await expect(registry.collect({ leaseMs: Number.NaN })).rejects.toThrow("leaseMs");
    await registry.close();
    await expect(registry.collect()).rejects.toThrow("the registry is closed");
  });
});

it("collects by itself, and reports what it deleted", async () => {
  const told: Collected[] = [];
  const registry = await start({
    collect: {
      policy: "untagged",
      graceMs: 0,
      leaseMs: hour,
      everyMs: 5,
      onCollected: (collected) => void told.push(...collected),
    },
  });
  const { manifest } = await put(registry, "app", "image");
  await sleep(30);
  expect(await statusOf(registry, `app/manifests/${manifest}`)).toBe(200);
  time += hour;
  await vi.waitFor(() => expect(told).not.toEqual([]));
  expect(told).toMatchObject([{ repository: "app", manifests: [manifest] }]);
});

describe("the collector", () => {
  const options = { policy: "untagged", everyMs: 2 } as const;

  it("never runs twice at once, and finishes the current run when stopped", async () => {
    let now = 0;
    let most = 0;
    let runs = 0;
    const collect = async (): Promise<readonly Collected[]> => {
      most = Math.max(most, ++now);
      await sleep(10);
      now -= 1;
      runs += 1;
      return [];
    };
    const collector = startCollector({ collect }, options, {
      now: Date.now,
      onWarning: () => undefined,
    });
    await Promise.all([collector.run(), collector.run(), collector.run()]);
    await sleep(15);
    await collector.stop();
    expect([now, most]).toEqual([0, 1]);
    const before = runs;
    await sleep(15);
    expect(runs).toBe(before);
  });

  it("reports why a run failed, and keeps running", async () => {
    const warnings: string[] = [];
    const collect = () => Promise.reject(new Error("the disk is broken"));
    const onWarning = (message: string): void => void warnings.push(message);
    const collector = startCollector({ collect }, options, { now: Date.now, onWarning });
    await vi.waitFor(() => expect(warnings.length).toBeGreaterThan(1));
    await collector.stop();
    expect(warnings.slice(0, 2)).toEqual(
      Array(2).fill("garbage collection failed and will be retried: the disk is broken"),
    );
    await expect(collector.run()).rejects.toThrow("the registry is closed");
  });
});
