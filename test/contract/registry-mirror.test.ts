import { get, type IncomingMessage } from "node:http";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Digest, digestOf } from "../../src/oci/digest.ts";
import { RegistryClient } from "../../src/registry/client.ts";
import { anonymous } from "../../src/registry/auth/credentials.ts";
import type { MirrorOptions } from "../../src/server/mirror/mirror.ts";
import { type RunningRegistry, startRegistry } from "../../src/server/start.ts";
import { type FaultProxy, scripted, startFaultProxy } from "../support/fault-proxy.ts";
import { bytesOf, type MadeImage, pushImage } from "../support/images.ts";
import { registryKinds, type TestRegistry } from "../support/registries.ts";
import { startRawServer } from "../support/raw-server.ts";
import { startScript } from "../support/scripted-server.ts";

const options = { credentials: anonymous, sleep: () => Promise.resolve() };
const path = "acme/app";

for (const kind of registryKinds) {
  describe(`a mirror of ${kind.name}`, () => {
    let upstream: TestRegistry;
    let proxy: FaultProxy;
    let client: RegistryClient;
    let root: string;
    let mirror: RunningRegistry;
    let image: MadeImage;

    beforeEach(async () => {
      upstream = await kind.start();
      proxy = await startFaultProxy(upstream.host, () => undefined);
      client = new RegistryClient(options);
      root = await mkdtemp(join(tmpdir(), "layerkeep-mirror-"));
      image = await push("v1", ["a", "b"]);
      mirror = await start();
    });
    afterEach(async () => {
      await mirror.close();
      await client[Symbol.asyncDispose]();
      await proxy[Symbol.asyncDispose]();
      await upstream[Symbol.asyncDispose]();
      await rm(root, { recursive: true, force: true });
    });

    const push = (tag: string, seeds: readonly string[], size = 100_000): Promise<MadeImage> =>
      pushImage(client, {
        repository: { host: upstream.host, path },
        platform: "linux/amd64",
        tag,
        layers: seeds.map((seed) => ({ seed, size })),
      });

    const start = (more: Partial<MirrorOptions> = {}): Promise<RunningRegistry> =>
      startRegistry({ root, mirror: { upstream: proxy.host, client, ...more } });

    /** All of an image, as a client pulls it. */
    async function pull(tag: string): Promise<string[]> {
      const from = { host: mirror.host, path };
      const index = await client.getManifest({ ...from, tag });
      if (index?.manifest.kind !== "index") throw new Error(`${tag} is no index`);
      const pulled = [index.descriptor.digest];
      for (const { digest } of index.manifest.content.manifests) {
        const child = await client.getManifest({ ...from, digest });
        if (child?.manifest.kind !== "manifest") throw new Error(`${digest} is no image`);
        const { config, layers } = child.manifest.content;
        for (const blob of [config, ...layers]) {
          pulled.push(digestOf(await client.readBlob(from, blob, 1 << 20)));
        }
      }
      return pulled;
    }

    const seen = (method: string): string[] =>
      proxy.seen.filter((request) => request.method === method).map(({ url }) => url);

    it("serves an image as it is upstream, and from its own disk the second time", async () => {
      const first = await pull("v1");
      expect(first).toContain(image.index.digest);
      expect(first).toEqual(expect.arrayContaining(image.layers.map(({ digest }) => digest)));
      const asked = seen("GET").length;
      // Another client, which remembers nothing.
      await client[Symbol.asyncDispose]();
      client = new RegistryClient(options);
      expect(await pull("v1")).toEqual(first);
      expect(seen("GET")).toHaveLength(asked);
    });

    it("follows a tag that moves upstream, and one that goes", async () => {
      await pull("v1");
      const moved = await push("v1", ["c"]);
      const reference = { host: mirror.host, path, tag: "v1" };
      expect((await client.headManifest(reference))?.digest).toBe(moved.index.digest);
      expect(await client.headManifest({ ...reference, tag: "none" })).toBeUndefined();
    });

    it("serves what it has where upstream does not answer, and says so", async () => {
      await pull("v1");
      proxy.decide = () => ({ type: "reset" });
      const answer = await fetch(`${mirror.url}/v2/${path}/manifests/v1`);
      expect([answer.status, answer.headers.get("warning")]).toEqual([
        200,
        `111 - "${proxy.host} could not be reached"`,
      ]);
      expect(digestOf(Buffer.from(await answer.arrayBuffer()))).toBe(image.index.digest);
      const unknown = await fetch(`${mirror.url}/v2/${path}/manifests/other`);
      expect(unknown.status).toBe(502);
      expect(await unknown.json()).toEqual({
        errors: [{ code: "UNKNOWN", message: `${proxy.host} could not be reached` }],
      });
    });

    it("asks once for many who want the same blob, and keeps it though the first goes away", async () => {
      const big = await push("big", ["big"], 8 << 20);
      const digest = big.layers[0]?.digest ?? "";
      const url = `${mirror.url}/v2/${path}/blobs/${digest}`;
      await new Promise<void>((resolve, reject) => {
        get(url, { agent: false }, (answer) => {
          answer.once("data", () => {
            answer.destroy();
            resolve();
          });
        }).once("error", reject);
      });
      const answers = await Promise.all([1, 2, 3, 4].map(() => fetch(url)));
      for (const answer of answers) {
        expect(digestOf(Buffer.from(await answer.arrayBuffer()))).toBe(digest);
      }
      expect(seen("GET").filter((asked) => asked.includes(digest))).toHaveLength(1);
    });

    it("does not let a client that reads nothing slow others, and gives it all in the end", async () => {
      const big = await push("big", ["slow"], 24 << 20);
      const digest = big.layers[0]?.digest ?? "";
      const url = `${mirror.url}/v2/${path}/blobs/${digest}`;
      const slow = await new Promise<IncomingMessage>((resolve, reject) => {
        get(url, { agent: false }, resolve).once("error", reject);
      });
      const others = await Promise.all([fetch(url), fetch(url)]);
      for (const answer of others) {
        expect(digestOf(Buffer.from(await answer.arrayBuffer()))).toBe(digest);
      }
      expect(digestOf(await buffer(slow))).toBe(digest);
      expect(seen("GET").filter((asked) => asked.includes(digest))).toHaveLength(1);
    });

    it("lists what refers to an image upstream, by type and in pages", async () => {
      const repository = { host: upstream.host, path };
      const subject = image.index;
      const made: Digest[] = [];
      for (const artifactType of ["a/signature", "a/report"]) {
        const empty = Buffer.from("{}");
        const config = {
          mediaType: "application/vnd.oci.empty.v1+json",
          digest: digestOf(empty),
          size: 2,
        };
        await client.pushBlob(repository, config, () => empty);
        const mediaType = "application/vnd.oci.image.manifest.v1+json";
        const content = { schemaVersion: 2, mediaType, artifactType, config, layers: [config] };
        const bytes = Buffer.from(JSON.stringify({ ...content, subject }));
        made.push((await client.putManifest(repository, { bytes, mediaType })).digest);
      }
      const from = { host: mirror.host, path };
      const digests = async (artifactType?: string): Promise<Digest[]> => {
        const listed = await client.listReferrers(from, subject.digest, { artifactType });
        return listed.map(({ digest }) => digest);
      };
      expect((await digests()).sort()).toEqual([...made].sort());
      expect(await digests("a/report")).toEqual(made.slice(1));
      const paged = await fetch(`${mirror.url}/v2/${path}/referrers/${subject.digest}?n=1`);
      expect(paged.headers.get("link")).toMatch(/last=sha256/);
      expect(paged.headers.get("content-type")).toBe("application/vnd.oci.image.index.v1+json");
      // What is listed can be pulled.
      const digest = made[0] ?? digestOf("none");
      expect((await client.getManifest({ ...from, digest }))?.descriptor.digest).toBe(digest);
      proxy.decide = () => ({ type: "reset" });
      const silent = await fetch(`${mirror.url}/v2/${path}/referrers/${subject.digest}`);
      expect(silent.status).toBe(502);
    });

    it("goes on where the connection to upstream breaks in the middle of a blob", async () => {
      const digest = image.layers[0]?.digest ?? "";
      const fault = { type: "truncate", bytes: 30_000 } as const;
      proxy.decide = scripted({ method: "GET", url: /blobs/, times: 1, fault });
      const answer = await fetch(`${mirror.url}/v2/${path}/blobs/${digest}`);
      expect(digestOf(Buffer.from(await answer.arrayBuffer()))).toBe(digest);
    });

    it("forgets the blobs that were not asked for the longest where its disk is full", async () => {
      await mirror.close();
      let now = 1_000;
      mirror = await startRegistry({
        root,
        mirror: { upstream: proxy.host, client, maxBytes: 250_000, maxBlobBytes: 120_000 },
        now: () => (now += 1_000),
      });
      const other = await push("v2", ["c"]);
      const blobs = [...image.layers, ...other.layers].map(({ digest }) => digest);
      // The second time it waits until the blob is kept.
      for (const digest of blobs.flatMap((each) => [each, each])) {
        await (await fetch(`${mirror.url}/v2/${path}/blobs/${digest}`)).arrayBuffer();
      }
      const before = seen("GET").length;
      // The newest two are here still; the oldest is fetched again.
      for (const digest of [...blobs].reverse()) {
        const answer = await fetch(`${mirror.url}/v2/${path}/blobs/${digest}`);
        expect(digestOf(Buffer.from(await answer.arrayBuffer()))).toBe(digest);
      }
      expect(seen("GET").slice(before)).toEqual([`/v2/${path}/blobs/${blobs[0] ?? ""}`]);
    });

    it("passes a blob on that is too large to be kept", async () => {
      await mirror.close();
      mirror = await start({ maxBlobBytes: 1_000 });
      const digest = image.layers[0]?.digest ?? "";
      for (const times of [1, 2]) {
        const answer = await fetch(`${mirror.url}/v2/${path}/blobs/${digest}`);
        expect(digestOf(Buffer.from(await answer.arrayBuffer()))).toBe(digest);
        expect(seen("GET").filter((url) => url.includes(digest))).toHaveLength(times);
      }
    });

    it("lists upstream's tags, and takes nothing", async () => {
      const from = { host: mirror.host, path };
      expect(await client.listTags(from)).toEqual(["v1"]);
      const bytes = bytesOf("x", 10);
      const descriptor = { mediaType: "text/plain", digest: digestOf(bytes), size: 10 };
      await expect(client.pushBlob(from, descriptor, () => bytes)).rejects.toMatchObject({
        status: 405,
      });
    });
  });
}

describe("a mirror of a registry that is not to be trusted", () => {
  it("keeps nothing whose digest is wrong, and does not let its client take it for whole", async () => {
    const right = bytesOf("right", 50_000);
    const wrong = Buffer.from(right);
    wrong[40_000] = (wrong[40_000] ?? 0) ^ 1;
    const digest = digestOf(right);
    let bytes: Uint8Array = wrong;
    await using upstream = await startScript(({ method }) => ({
      status: 200,
      headers: { "content-length": `${bytes.length}` },
      body: method === "HEAD" ? "" : bytes,
    }));
    await using client = new RegistryClient(options);
    const root = await mkdtemp(join(tmpdir(), "layerkeep-mirror-"));
    await using mirror = await startRegistry({ root, mirror: { upstream: upstream.host, client } });
    const url = `${mirror.url}/v2/${path}/blobs/${digest}`;
    await expect(fetch(url).then((answer) => answer.arrayBuffer())).rejects.toThrow();
    bytes = right;
    const again = await fetch(url);
    expect(digestOf(Buffer.from(await again.arrayBuffer()))).toBe(digest);
    await rm(root, { recursive: true, force: true });
  });

  it.each([
    ["stalls", "HTTP/1.1 200 OK\r\ncontent-length: 50000\r\n\r\n"],
    ["says nothing", ""],
    ["answers 101", "HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"],
  ])("keeps nobody waiting for one that %s, however many ask", async (_, said) => {
    await using upstream = await startRawServer((socket) => void socket.write(said));
    await using client = new RegistryClient({ ...options, requestMs: 400 });
    const root = await mkdtemp(join(tmpdir(), "layerkeep-mirror-"));
    await using mirror = await startRegistry({ root, mirror: { upstream: upstream.host, client } });
    const digest = digestOf("x");
    for (const what of [`blobs/${digest}`, "manifests/v1", `referrers/${digest}`, "tags/list"]) {
      const began = performance.now();
      const url = `${mirror.url}/v2/${path}/${what}`;
      const failed = await Promise.all(
        [1, 2, 3, 4, 5, 6].map(async () => {
          const signal = AbortSignal.timeout(8_000);
          // A blob's client may have its head already, and then sees the connection break.
          return fetch(url, { signal })
            .then(async (answer) => {
              await answer.arrayBuffer();
              return answer.status;
            })
            .catch(() => "broken");
        }),
      );
      expect(new Set(failed).size).toBeLessThanOrEqual(2);
      expect(failed.filter((status) => status === 502 || status === "broken")).toHaveLength(6);
      expect(performance.now() - began).toBeLessThan(4_000);
    }
    await rm(root, { recursive: true, force: true });
  });

  it.each([
    [401, 403, "DENIED"],
    [403, 403, "DENIED"],
    [429, 429, "TOOMANYREQUESTS"],
    [500, 502, "UNKNOWN"],
  ])("answers a %i from there with a %i", async (status, expected, code) => {
    await using upstream = await startScript(() => ({ status }));
    await using client = new RegistryClient(options);
    const root = await mkdtemp(join(tmpdir(), "layerkeep-mirror-"));
    await using mirror = await startRegistry({ root, mirror: { upstream: upstream.host, client } });
    const answer = await fetch(`${mirror.url}/v2/${path}/manifests/v1`);
    expect(answer.status).toBe(expected);
    expect(await answer.json()).toMatchObject({ errors: [{ code }] });
    await rm(root, { recursive: true, force: true });
  });
});
