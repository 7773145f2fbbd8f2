import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { digestOf } from "../oci/digest.ts";
import { startRegistry } from "./start.ts";
import { startSteadyClock } from "./steady-clock.ts";

const hour = 3_600_000;
let root = "";

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "layerkeep-clock-"));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(root, { recursive: true, force: true });
});

/** Sets the time of day, as an administrator or NTP does. */
function setTime(byHours: number): void {
  const time = performance.timeOrigin + performance.now() + byHours * hour;
  vi.spyOn(Date, "now").mockImplementation(() => time);
}

test("starts at the time of day and does not follow its changes", () => {
  const clock = startSteadyClock();
  const begun = clock();
  expect(Math.abs(begun - Date.now())).toBeLessThan(1_000);
  setTime(-5);
  expect(clock()).toBeGreaterThanOrEqual(begun);
  setTime(5);
  expect(clock() - begun).toBeLessThan(hour);
});

test.each([
  ["jumps forward", [5]],
  ["goes back and is corrected", [-5, 0]],
  ["jumps about", [48, -48, 5]],
])("content in its lease is kept when the time of day %s", async (_, jumps) => {
  await using registry = await startRegistry({
    root,
    collect: { policy: "untagged", graceMs: hour, leaseMs: hour, everyMs: 2 ** 30 },
  });
  for (const jump of jumps) {
    const text = `pushed before ${jump}`;
    const path = `${registry.url}/v2/app/blobs/uploads/?digest=${digestOf(text)}`;
    expect((await fetch(path, { method: "POST", body: text })).status).toBe(201);
    setTime(jump);
    expect(await registry.collect()).toEqual([]);
  }
});

test("reading a manifest renews its lease even if the time of day went back", async () => {
  setTime(0);
  await using registry = await startRegistry({
    root,
    collect: { policy: "untagged", graceMs: 0, leaseMs: hour, everyMs: 2 ** 30 },
  });
  const text = JSON.stringify({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.index.v1+json",
    manifests: [],
  });
  const path = `${registry.url}/v2/app/manifests/${digestOf(text)}`;
  const headers = { "content-type": "application/vnd.oci.image.index.v1+json" };
  expect((await fetch(path, { method: "PUT", headers, body: text })).status).toBe(201);
  setTime(-48);
  const read = await fetch(path);
  expect([read.status, await read.text()]).toEqual([200, text]);
  expect(await registry.collect()).toEqual([]);
});
