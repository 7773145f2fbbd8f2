import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, expect, it } from "vitest";
import { entryPath } from "./entry-path.ts";
import { type BuildCacheOptions, type RunningBuildCache, startBuildCache } from "./start.ts";

/** GitHub's cache service, as a build cache has it. */

let folder: string;
let cache: RunningBuildCache;
const failures: unknown[] = [];

const start = (changes: Partial<BuildCacheOptions> = {}): Promise<RunningBuildCache> =>
  startBuildCache({
    ...{ folder, mostBytes: 1e6, readOnly: false, port: 0 },
    onFailure: (error) => void failures.push(error),
    ...changes,
  });
const restart = async (changes: Partial<BuildCacheOptions>): Promise<void> => {
  await cache.close();
  cache = await start(changes);
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "layerkeep-build-cache-"));
  cache = await start();
});
afterEach(async () => {
  await cache.close();
  rmSync(folder, { recursive: true, force: true });
  expect(failures.splice(0)).toEqual([]);
});

type Answer = Readonly<Record<string, unknown>> & {
  readonly status: number;
  readonly signed_upload_url?: string;
  readonly signed_download_url?: string;
};

async function call(method: string, body: object): Promise<Answer> {
  const { url, token } = cache.github;
  const path = "twirp/github.actions.results.api.v1.CacheService/";
  const answer = await fetch(`${url}${path}${method}`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({ version: "v", ...body }),
  });
  return { ...((await answer.json()) as object), status: answer.status };
}

async function put(url: string, body: string | Buffer): Promise<number> {
  const sent = new Uint8Array(Buffer.from(body));
  return (await fetch(url, { method: "PUT", body: sent })).status;
}

async function add(key: string, content: Buffer): Promise<Answer> {
  const { signed_upload_url: url = "" } = await call("CreateCacheEntry", { key });
  expect(await put(url, content)).toBe(201);
  return await call("FinalizeCacheEntryUpload", { key, size_bytes: content.length });
}

const find = (key: string, ...restore_keys: readonly string[]): Promise<Answer> =>
  call("GetCacheEntryDownloadURL", { key, restore_keys });

async function get(key: string): Promise<Buffer | undefined> {
  const { signed_download_url: url } = await find(key);
  if (url === undefined) return undefined;
  return Buffer.from(await (await fetch(url)).arrayBuffer());
}

it("joins blocks in the order of their list, and keeps no others", async () => {
  const { signed_upload_url: url = "" } = await call("CreateCacheEntry", { key: "k" });
  for (const [id, body] of [
    ["Mg==", "two"],
    ["MQ==", "one"],
    ["Mw==", "never listed"],
    ["Mg==", "TWO"],
  ]) {
    expect(await put(`${url}&comp=block&blockid=${encodeURIComponent(id ?? "")}`, body ?? "")).toBe(
      201,
    );
  }
  const list = (...ids: readonly string[]): Promise<number> => {
    const items = ids.map((id) => `<Latest>${id}</Latest>`).join("");
    return put(`${url}&comp=blocklist`, `<BlockList>${items}</BlockList>`);
  };
  expect(await list("MQ==", "NA==")).toBe(400);
  expect(await list("MQ==", "Mg==")).toBe(201);
  const done = await call("FinalizeCacheEntryUpload", { key: "k", size_bytes: 6 });
  expect(done).toMatchObject({ ok: true, entry_id: expect.stringMatching(/^\d+$/) as string });
  expect((await get("k"))?.toString()).toBe("oneTWO");
  expect(readdirSync(folder)).toHaveLength(1);
  expect(cache.objects.localBytes).toBe(6);
  expect(cache.counts()).toEqual({ hits: 1, misses: 0, written: 1, refused: 0 });
});

it("finds entries of an earlier run by their keys, the newest first", async () => {
  const content = Buffer.from("0123456789");
  const stored = ["a-1", "a-2", "b"].map((key, at) => {
    const path = entryPath({ key, version: "v", number: at + 1 });
    return { path, size: content.length, mtimeMs: at };
  });
  const origin = {
    objects: [...stored, { path: "ab/cdef", size: 1, mtimeMs: 1 }],
    read: () => Promise.resolve(Readable.from([content])),
    isLost: () => false,
    trim: () => undefined,
  };
  await restart({ origin });
  expect(await find("a-3", "a-")).toMatchObject({ ok: true, matched_key: "a-2" });
  expect(await get("b")).toEqual(content);
  expect(await find("c", "a")).toMatchObject({ matched_key: "a-2" });
  expect(await call("CreateCacheEntry", { key: "b" })).toMatchObject({ status: 409 });
  expect(await add("a-3", Buffer.from("x"))).toMatchObject({ ok: true });
  expect(await find("a", "a")).toMatchObject({ matched_key: "a-3" });
  const other = { key: "b", version: "other" };
  expect(await call("GetCacheEntryDownloadURL", other)).toMatchObject({ ok: false });
});

it("drops the entry that was not used for the longest time, and takes none that is too large", async () => {
  await restart({ mostBytes: 1000 });
  await add("a", randomBytes(400));
  await add("b", randomBytes(400));
  expect(await get("a")).toHaveLength(400);
  await add("c", randomBytes(400));
  expect(await find("b")).toMatchObject({ ok: false });
  expect(await get("a")).toHaveLength(400);
  const { signed_upload_url: url = "" } = await call("CreateCacheEntry", { key: "d" });
  expect(await put(url, randomBytes(1001))).toBe(413);
  expect(cache.objects.localBytes).toBe(800);
});

it("a run that may only read gets a token that only reads", async () => {
  await restart({ readOnly: true });
  expect(await call("CreateCacheEntry", { key: "a" })).toMatchObject({ status: 403 });
  expect(cache.counts().refused).toBe(1);
  const { url, token } = cache;
  const other = await fetch(`${cache.github.url}blobs/0?sig=${token}`, { method: "PUT" });
  expect(other.status).toBe(403);
  expect((await fetch(`${url}/${cache.github.token}/a`)).status).toBe(401);
});

it("an entry that cannot be fetched is not found", async () => {
  const path = entryPath({ key: "a", version: "v", number: 1 });
  const origin = {
    objects: [{ path, size: 10, mtimeMs: 1 }],
    read: () => Promise.resolve(undefined),
    isLost: () => true,
    trim: () => undefined,
  };
  await restart({ origin });
  const { signed_download_url: url = "" } = await find("a");
  expect((await fetch(url)).status).toBe(404);
  expect(await find("a")).toMatchObject({ ok: false });
  expect(await add("a", Buffer.from("again"))).toMatchObject({ ok: true });
});
