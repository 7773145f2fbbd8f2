import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, rm, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { digestOf } from "../oci/digest.ts";
import { mediaTypes } from "../oci/media-types.ts";
import { type RunningRegistry, startRegistry } from "./start.ts";

const noSpace = {
  errors: [
    {
      code: "UNKNOWN",
      message: expect.stringMatching(/^no space left on the registry's disk: delete/) as unknown,
    },
  ],
};

// Mounting takes root, which is what the tests run as on Linux.
describe.runIf(process.platform === "linux")("on a disk of 2 MiB", () => {
  let root = "";
  let registry: RunningRegistry;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "layerkeep-full-"));
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", root]);
    registry = await startRegistry({ root });
  });
  afterEach(async () => {
    await registry.close();
    execFileSync("umount", [root]);
    await rm(root, { recursive: true });
  });

  function push(content: Uint8Array): Promise<Response> {
    const path = `/v2/app/blobs/uploads/?digest=${digestOf(content)}`;
    return fetch(`${registry.url}${path}`, { method: "POST", body: content });
  }

  async function fill(): Promise<Buffer[]> {
    const kept: Buffer[] = [];
    for (;;) {
      const content = randomBytes(50_000);
      const response = await push(content);
      if (response.status !== 201) {
        expect([response.status, await response.json()]).toEqual([507, noSpace]);
        return kept;
      }
      kept.push(content);
    }
  }

  test("a large blob is refused with 507, nothing of it stays, and smaller ones are taken", async () => {
    const free = (await statfs(root)).bfree;
    const response = await push(randomBytes(5 << 20));
    expect([response.status, await response.json()]).toEqual([507, noSpace]);
    expect(await readdir(join(root, "uploads"))).toEqual([]);
    expect((await statfs(root)).bfree).toBe(free);
    expect((await push(randomBytes(100_000))).status).toBe(201);
  });

  test("a chunk that does not fit ends its upload and gives the space back", async () => {
    const begun = await fetch(`${registry.url}/v2/app/blobs/uploads/`, { method: "POST" });
    const location = `${registry.url}${begun.headers.get("location") ?? ""}`;
    const first = await fetch(location, { method: "PATCH", body: randomBytes(1 << 20) });
    expect(first.status).toBe(202);
    const second = await fetch(location, { method: "PATCH", body: randomBytes(3 << 20) });
    expect([second.status, await second.json()]).toEqual([507, noSpace]);
    expect((await fetch(location)).status).toBe(404);
    expect(await readdir(join(root, "uploads"))).toEqual([]);
    expect((await push(randomBytes(1 << 20))).status).toBe(201);
  });

  test("a manifest that does not fit leaves its tag where it was, and all is served still", async () => {
    const config = Buffer.from("{}");
    await push(config);
    const image = (id: string): string =>
      JSON.stringify({
        schemaVersion: 2,
        mediaType: mediaTypes.ociManifest,
        config: { mediaType: mediaTypes.ociConfig, digest: digestOf(config), size: 2 },
        layers: [],
        annotations: { id },
      });
    const put = (bytes: string): Promise<Response> =>
      fetch(`${registry.url}/v2/app/manifests/latest`, { method: "PUT", body: bytes });
    expect((await put(image("first"))).status).toBe(201);
    const kept = await fill();
    const refused = await put(image("x".repeat(60_000)));
    expect([refused.status, await refused.json()]).toEqual([507, noSpace]);
    const tagged = await fetch(`${registry.url}/v2/app/manifests/latest`);
    expect(await tagged.text()).toBe(image("first"));
    expect(kept.length).toBeGreaterThan(20);
    for (const content of kept) {
      const got = await fetch(`${registry.url}/v2/app/blobs/${digestOf(content)}`);
      expect(digestOf(new Uint8Array(await got.arrayBuffer()))).toBe(digestOf(content));
    }
    expect(await readdir(join(root, "uploads"))).toEqual([]);
  });

  test("what is removed from a full disk makes room, and can be removed although it is full", async () => {
    const kept: Buffer[] = [];
    let status = 201;
    while (status === 201) {
      const content = randomBytes(200_000);
      ({ status } = await push(content));
      if (status === 201) kept.push(content);
    }
    expect([status, kept.length > 3]).toEqual([507, true]);
    const [first = Buffer.alloc(0), ...rest] = kept;
    const path = `/v2/app/blobs/${digestOf(first)}`;
    const removed = await fetch(`${registry.url}${path}`, { method: "DELETE" });
    expect([removed.status, (await fetch(`${registry.url}${path}`)).status]).toEqual([202, 404]);
    await expect.poll(async () => (await push(first)).status).toBe(201);
    for (const content of [...rest, first]) {
      const got = await fetch(`${registry.url}/v2/app/blobs/${digestOf(content)}`);
      expect(digestOf(new Uint8Array(await got.arrayBuffer()))).toBe(digestOf(content));
    }
  });
});
