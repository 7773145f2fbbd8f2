import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { RawConnection } from "../support/raw-http.ts";
import {
  bundleRegistry,
  type RegistryBundle,
  type RegistryProcess,
} from "../support/registry-process.ts";

const kills = 24;
const pushers = 4;
const type = "application/vnd.oci.image.manifest.v1+json";

let bundle: RegistryBundle;
let root = "";

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "layerkeep-killed-"));
  bundle = await bundleRegistry();
});
afterAll(async () => {
  await bundle[Symbol.asyncDispose]();
  await rm(root, { recursive: true, force: true });
});

/** What the server said that it has. */
interface Acknowledged {
  answers: number;
  readonly blobs: Map<string, Buffer>;
  readonly manifests: Map<string, string>;
  /** The digests that a tag may name: the last one acknowledged, or one tried after it. */
  readonly tags: Map<string, { acknowledged: string | undefined; tried: Set<string> }>;
  /** Begun, and maybe cut: there whole, or not there. */
  readonly tried: Set<string>;
}

test(`loses nothing acknowledged and serves nothing half, killed ${kills} times in the middle of pushes`, async () => {
  const state: Acknowledged = {
    answers: 0,
    blobs: new Map(),
    manifests: new Map(),
    tags: new Map(),
    tried: new Set(),
  };
  for (let kill = 0; kill < kills; kill++) {
    const server = await bundle.start(root);
    const pushing = Promise.allSettled(
      Array.from({ length: pushers }, (_, pusher) => pushUntilCut(server, `p/r${pusher}`, state)),
    );
    // Between the first answer and the tenth image, and then somewhere in the next milliseconds.
    const goal = state.answers + ((kill * 7) % 40);
    while (state.answers < goal) await sleep(1);
    await sleep(kill % 9);
    await server.kill();
    const ended = await pushing;
    // Cut by the kill, and by nothing else.
    for (const result of ended) {
      expect(result.status === "rejected" ? String(result.reason) : "went on").toMatch(
        /the connection closed|ECONNRESET|EPIPE|ECONNREFUSED/,
      );
    }
  }

  const server = await bundle.start(root);
  try {
    expect(await readdir(join(root, "uploads"))).toEqual([]);
    expect(await readdir(root)).not.toContain("set-aside");
    expect(state.blobs.size).toBeGreaterThan(kills);
    expect(state.manifests.size).toBeGreaterThan(kills / 2);
    for (const [path, content] of state.blobs) {
      const got = await fetch(`${server.url}${path}`);
      expect([got.status, content.equals(Buffer.from(await got.arrayBuffer()))]).toEqual([
        200,
        true,
      ]);
    }
    for (const [path, bytes] of state.manifests) {
      const got = await fetch(`${server.url}${path}`);
      expect([got.status, await got.text()]).toEqual([200, bytes]);
    }
    for (const path of state.tried) {
      const got = await fetch(`${server.url}${path}`);
      const content = Buffer.from(await got.arrayBuffer());
      if (got.status !== 404)
        expect([got.status, path.endsWith(sha256(content))]).toEqual([200, true]);
    }
    for (const [path, tag] of state.tags) {
      const got = await fetch(`${server.url}${path}`);
      const content = Buffer.from(await got.arrayBuffer());
      if (tag.acknowledged === undefined && got.status === 404) continue;
      const allowed = [...tag.tried, tag.acknowledged];
      expect([got.status, allowed.includes(sha256(content))]).toEqual([200, true]);
      await expectWhole(server, path, content);
    }
  } finally {
    await server.kill();
  }
});

/** Pushes images of three blobs, one after the other, until the connection is cut. */
async function pushUntilCut(
  { url }: RegistryProcess,
  repository: string,
  state: Acknowledged,
): Promise<void> {
  const line = await RawConnection.open(new URL(url));
  for (let image = 0; ; image++) {
    const layers: { mediaType: string; digest: string; size: number }[] = [];
    for (const size of [300, 20_000, 1 << 20]) {
      const content = randomBytes(size);
      const digest = sha256(content);
      const path = `/v2/${repository}/blobs/${digest}`;
      state.tried.add(path);
      const begun = await line.request("POST", new URL(`/v2/${repository}/blobs/uploads/`, url));
      const target = new URL(`${begun.location}?digest=${digest}`, url);
      expect((await line.request("PUT", target, content)).status).toBe(201);
      state.blobs.set(path, content);
      state.answers += 1;
      layers.push({ mediaType: "application/octet-stream", digest, size });
    }
    const [config, ...rest] = layers;
    const bytes = JSON.stringify({ schemaVersion: 2, mediaType: type, config, layers: rest });
    const digest = sha256(bytes);
    const path = `/v2/${repository}/manifests/t${image % 2}`;
    const tag = state.tags.get(path) ?? { acknowledged: undefined, tried: new Set<string>() };
    state.tags.set(path, tag);
    tag.tried.add(digest);
    const put = await line.request("PUT", new URL(path, url), Buffer.from(bytes), type);
    expect(put.status).toBe(201);
    tag.acknowledged = digest;
    tag.tried.clear();
    state.answers += 1;
    state.manifests.set(`/v2/${repository}/manifests/${digest}`, bytes);
  }
}

/** All that a tag's manifest refers to is there, and is what it says. */
async function expectWhole(server: RegistryProcess, path: string, content: Buffer): Promise<void> {
  const { config, layers } = JSON.parse(content.toString()) as {
    config: { digest: string };
    layers: { digest: string }[];
  };
  const repository = path.slice(0, path.indexOf("/manifests/"));
  for (const { digest } of [config, ...layers]) {
    const got = await fetch(`${server.url}${repository}/blobs/${digest}`);
    expect([got.status, sha256(Buffer.from(await got.arrayBuffer()))]).toEqual([200, digest]);
  }
}

function sha256(content: Uint8Array | string): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}
