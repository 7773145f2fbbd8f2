import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bytesOf } from "../../../test/support/images.ts";
import { type ScriptedServer, startScript } from "../../../test/support/scripted-server.ts";
import { type Digest, digestOf } from "../../oci/digest.ts";
import { anonymous } from "../../registry/auth/credentials.ts";
import { RegistryClient } from "../../registry/client.ts";
import type { RegistryRequest } from "../http/request.ts";
import type { Reply } from "../http/reply.ts";
import { openStore, type Store } from "../store/store.ts";
import { Mirror } from "./mirror.ts";

const blobs = new Map(
  ["a", "b", "c"].map((seed) => {
    const bytes = bytesOf(seed, 100_000);
    return [digestOf(bytes), bytes] as const;
  }),
);

let root: string;
let store: Store;
let upstream: ScriptedServer;
let client: RegistryClient;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "layerkeep-mirror-"));
  store = await openStore(root);
  upstream = await startScript(({ url, method }) => {
    const bytes = [...blobs].find(([digest]) => url.endsWith(digest))?.[1] ?? Buffer.alloc(0);
    const headers = { "content-length": `${bytes.length}` };
    return { status: 200, headers, body: method === "HEAD" ? "" : bytes };
  });
  client = new RegistryClient({ credentials: anonymous });
});
afterEach(async () => {
  await client[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
  await rm(root, { recursive: true, force: true });
});

function get(mirror: Mirror, digest: Digest): Promise<Reply | undefined> {
  const request: RegistryRequest = {
    method: "GET",
    path: `/v2/acme/app/blobs/${digest}`,
    query: new URLSearchParams(),
    headers: {},
    body: (async function* () {
      // A GET has no body.
    })(),
  };
  return mirror.prepare(request, { kind: "blob", name: "acme/app", digest });
}

describe("a mirror whose disk is full", () => {
  it("requests no blob that it has no room for, and keeps nobody waiting", async () => {
    const mirror = new Mirror(store, {
      upstream: upstream.host,
      client,
      maxBytes: 150_000,
      maxBlobBytes: 120_000,
    });
    const [first, second] = [...blobs.keys()];
    if (first === undefined || second === undefined) throw new Error("no blobs");
    const reply = await get(mirror, first);
    if (typeof reply?.body !== "object" || !("stream" in reply.body)) throw new Error("no stream");
    reply.body.stream.resume();
    await expect.poll(() => store.blobs.find("acme/app", first)).toBeDefined();
    // Making room has to record what is deleted.
    await store.close();
    for (const times of [1, 2]) {
      await expect(get(mirror, second), `time ${times}`).rejects.toThrow();
    }
    const asked = upstream.lines().filter((line) => line.startsWith("GET"));
    expect(asked).toEqual([`GET /v2/acme/app/blobs/${first}`]);
  });
});
