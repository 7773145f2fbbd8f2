import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type RunningGithubCache, startGithubCache } from "./start.ts";

let root: string;
let service: RunningGithubCache;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "layerkeep-gha-"));
  service = await startGithubCache({ root });
});
afterEach(async () => {
  await service[Symbol.asyncDispose]();
  rmSync(root, { recursive: true, force: true });
});

const main = { ref: "refs/heads/main", writes: true };
const path = "twirp/github.actions.results.api.v1.CacheService/";

type Answer = Readonly<Record<string, unknown>> & {
  readonly status: number;
  readonly signed_upload_url?: string;
  readonly signed_download_url?: string;
  readonly matched_key?: string;
};

async function call(method: string, body: object, token = service.token([main])): Promise<Answer> {
  const answer = await fetch(`${service.url}${path}${method}`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({ version: "v", ...body }),
  });
  return { ...((await answer.json()) as object), status: answer.status };
}

async function add(key: string, content: string): Promise<void> {
  const { signed_upload_url: url = "" } = await call("CreateCacheEntry", { key });
  expect((await fetch(url, { method: "PUT", body: content })).status).toBe(201);
  const done = await call("FinalizeCacheEntryUpload", { key, size_bytes: content.length });
  expect(done).toMatchObject({ ok: true });
}

async function get(key: string, init: RequestInit = {}) {
  const found = await call("GetCacheEntryDownloadURL", { key, restore_keys: [key] });
  const answer = await fetch(found.signed_download_url ?? "", init);
  return { key: found.matched_key, status: answer.status, text: await answer.text(), answer };
}

describe("the service", () => {
  it("keeps entries across a restart, and finds the newest by the beginning of its key", async () => {
    await add("index#1", "one");
    await add("index#2", "two");
    await call("CreateCacheEntry", { key: "never sent" });
    await service[Symbol.asyncDispose]();
    service = await startGithubCache({ root });
    expect(await get("index#")).toMatchObject({ key: "index#2", status: 200, text: "two" });
    expect(await get("index#1")).toMatchObject({ key: "index#1", text: "one" });
    expect(await call("CreateCacheEntry", { key: "index#2" })).toMatchObject({
      status: 409,
      code: "already_exists",
    });
    expect(await call("CreateCacheEntry", { key: "never sent" })).toMatchObject({ ok: true });
  });

  it("serves parts, and sends a request id with every answer, which Azure's client requires", async () => {
    await add("key", "0123456789");
    const { status, text, answer } = await get("key", { headers: { range: "bytes=2-4" } });
    expect({ status, text }).toEqual({ status: 206, text: "234" });
    expect(answer.headers.get("content-range")).toBe("bytes 2-4/10");
    expect(answer.headers.get("x-ms-request-id")).toMatch(/^[\da-f-]{36}$/);
    expect((await get("key", { headers: { range: "bytes=20-" } })).status).toBe(416);
    expect((await get("key", { method: "HEAD" })).answer.headers.get("content-length")).toBe("10");
  });

  it("refuses an upload of another size, and a write with a read-only token", async () => {
    const { signed_upload_url: url = "" } = await call("CreateCacheEntry", { key: "key" });
    await fetch(url, { method: "PUT", body: "abc" });
    const finish = { key: "key", size_bytes: 2 };
    expect(await call("FinalizeCacheEntryUpload", finish)).toMatchObject({ ok: false });
    await add("other", "abc");
    const found = await call("GetCacheEntryDownloadURL", { key: "other" });
    const readable = found.signed_download_url ?? "";
    expect((await fetch(readable, { method: "PUT", body: "x" })).status).toBe(403);
    expect((await fetch(`${readable}x`)).status).toBe(403);
    expect((await get("other")).text).toBe("abc");
  });

  it.each([
    ["an unknown method", "Nothing", { key: "k" }, 404],
    ["no key", "CreateCacheEntry", {}, 400],
    ["a key with a comma", "CreateCacheEntry", { key: "a,b" }, 400],
  ])("refuses %s", async (_, method, body, status) => {
    expect((await call(method, body)).status).toBe(status);
  });

  it("refuses a token that it did not sign, and a read-only one", async () => {
    const [head, , signature] = service.token([main]).split(".");
    const forged = Buffer.from(JSON.stringify({ exp: 9e9, ac: "[]" })).toString("base64url");
    const bad = `${head ?? ""}.${forged}.${signature ?? ""}`;
    expect((await call("CreateCacheEntry", { key: "k" }, bad)).status).toBe(401);
    const reader = service.token([{ ...main, writes: false }]);
    expect((await call("CreateCacheEntry", { key: "k" }, reader)).status).toBe(403);
  });
});

it("leaves foreign files in its folder alone, and reports a broken entry", async () => {
  const folder = mkdtempSync(join(tmpdir(), "layerkeep-gha-"));
  const mine = ["notes", "photo.jpg", "data.json", "00000000-dead"];
  for (const file of mine) writeFileSync(join(folder, file), "mine");
  const id = "0f8fad5b-d9cb-469f-a165-70867728950e";
  writeFileSync(join(folder, id), "half of an upload");
  await (await startGithubCache({ root: folder }))[Symbol.asyncDispose]();
  expect(readdirSync(folder).sort()).toEqual([...mine].sort());
  writeFileSync(join(folder, `${id}.json`), "{");
  await expect(startGithubCache({ root: folder })).rejects.toThrow(
    `${id}.json is not a cache entry`,
  );
  rmSync(folder, { recursive: true });
});
