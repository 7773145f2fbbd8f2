import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type BuildCacheOptions, type RunningBuildCache, startBuildCache } from "./start.ts";
import type { Origin } from "./stored-object.ts";

let root: string;
let cache: RunningBuildCache;
const failures: unknown[] = [];

const start = (changes: Partial<BuildCacheOptions> = {}): Promise<RunningBuildCache> =>
  startBuildCache({
    folder: join(root, "objects"),
    mostBytes: 1e6,
    readOnly: false,
    port: 0,
    onFailure: (error) => void failures.push(error),
    ...changes,
  });

async function restart(changes: Partial<BuildCacheOptions>): Promise<void> {
  await cache.close();
  cache = await start(changes);
}

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "layerkeep-build-cache-"));
  mkdirSync(join(root, "objects"));
  cache = await start();
});
afterEach(async () => {
  await cache.close();
  rmSync(root, { recursive: true, force: true });
  expect(failures.splice(0)).toEqual([]);
});

async function ask(
  method: string,
  path: string,
  { body, headers = {} }: { body?: string | Buffer; headers?: Record<string, string> } = {},
): Promise<{ status: number; text: string; headers: Headers }> {
  const url = `${cache.url}/${cache.token}${path}`;
  const sent = body === undefined ? {} : { body: new Uint8Array(Buffer.from(body)) };
  const answer = await fetch(url, { method, headers, ...sent });
  return { status: answer.status, text: await answer.text(), headers: answer.headers };
}

const filesHere = (): readonly string[] => readdirSync(join(root, "objects"));
const pathsOf = (): readonly string[] => [...cache.objects.all()].map(({ path }) => path).sort();

/** Objects of 300 bytes that were last used so many days ago. */
function originOf(days: Readonly<Record<string, number>>, lost = new Set<string>()): Origin {
  const objects = Object.entries(days).map(([path, ago]) => {
    return { path, size: 300, mtimeMs: Date.now() - ago * 24 * 3_600_000, sha256: sha256(origin) };
  });
  return {
    objects,
    read: (path, start, length) =>
      Promise.resolve(
        lost.has(path)
          ? undefined
          : Readable.from([Buffer.from(origin.slice(start, start + length))]),
      ),
    isLost: (path) => lost.has(path),
    trim: () => undefined,
  };
}
const origin = "0123456789".repeat(30);

const statusOf = async (...given: Parameters<typeof ask>): Promise<number> =>
  (await ask(...given)).status;
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

describe("objects", () => {
  const layouts = [
    ["ccache, flat", "/6fb1c0b2e0a8d5b3a1f0e4c7"],
    ["ccache, subdirs", "/6f/b1c0b2e0a8d5b3a1f0e4c7"],
    ["ccache, bazel", `/ac/${"6f".repeat(32)}`],
    ["Bazel's action cache", `/ac/${sha256("an action")}`],
    ["Bazel's content", `/cas/${sha256("content")}`],
    ["Gradle", "/cache/0123456789abcdef0123456789abcdef"],
    ["sccache", "/6/f/b/6fb1c0b2e0a8d5b3a1f0e4c7"],
    ["sccache's check", "/.sccache_check"],
  ] as const;

  it.each(layouts)("%s: are missed, written, read, looked at and deleted", async (_, path) => {
    expect(await statusOf("GET", path)).toBe(404);
    expect(await statusOf("HEAD", path)).toBe(404);
    expect(await statusOf("PUT", path, { body: "content" })).toBe(201);
    expect(await statusOf("PUT", path, { body: "content" })).toBe(204);
    expect(await ask("GET", path)).toMatchObject({ status: 200, text: "content" });
    const head = await ask("HEAD", path);
    expect([head.status, head.headers.get("content-length")]).toEqual([200, "7"]);
    expect(filesHere()).toHaveLength(1);
    expect(cache.objects.changes).toBe(1);
    expect(await statusOf("DELETE", path)).toBe(204);
    expect(await statusOf("DELETE", path)).toBe(404);
    expect(filesHere()).toEqual([]);
    expect(cache.counts()).toEqual({ hits: 2, misses: 2, written: 2, refused: 0 });
  });

  it("can be empty, and can be read in part", async () => {
    await ask("PUT", "/empty", { body: "" });
    expect(await ask("GET", "/empty")).toMatchObject({ status: 200, text: "" });
    await ask("PUT", "/digits", { body: "0123456789" });
    const part = await ask("GET", "/digits", { headers: { range: "bytes=2-4" } });
    expect(part).toMatchObject({ status: 206, text: "234" });
    expect(part.headers.get("content-range")).toBe("bytes 2-4/10");
    expect(await statusOf("GET", "/digits", { headers: { range: "bytes=10-" } })).toBe(416);
    const whole = await ask("HEAD", "/digits", { headers: { range: "bytes=2-4" } });
    expect([whole.status, whole.headers.get("content-length")]).toEqual([200, "10"]);
  });

  it("are refused if Bazel's content does not have the hash of its name", async () => {
    const path = `/cas/${sha256("content")}`;
    expect(await ask("PUT", path, { body: "other" })).toMatchObject({
      status: 400,
      text: "the content does not have the hash in its name\n",
    });
    expect(await statusOf("GET", path)).toBe(404);
    expect(filesHere()).toEqual([]);
  });

  it("are not there if the client stops sending", async () => {
    const stop = new AbortController();
    const body = new ReadableStream({
      pull: (controller) => {
        controller.enqueue(randomBytes(1000));
        setTimeout(() => stop.abort(), 50);
        return new Promise(() => undefined);
      },
    });
    const url = `${cache.url}/${cache.token}/half`;
    const sending = { method: "PUT", body, duplex: "half", signal: stop.signal } as const;
    await expect(fetch(url, sending)).rejects.toThrow();
    await expect.poll(() => filesHere()).toEqual([]);
    expect(await statusOf("GET", "/half")).toBe(404);
    expect(cache.objects.changes).toBe(0);
  });

  it("are whole while they are replaced", async () => {
    const [first, second] = [randomBytes(300_000), randomBytes(200_000)];
    await ask("PUT", "/a", { body: first });
    const url = `${cache.url}/${cache.token}/a`;
    const reading = await fetch(url);
    await ask("PUT", "/a", { body: second });
    expect(Buffer.from(await reading.arrayBuffer()).equals(first)).toBe(true);
    expect(Buffer.from(await (await fetch(url)).arrayBuffer()).equals(second)).toBe(true);
  });
});

describe("who may use it", () => {
  const basic = (pair: string): string => `Basic ${Buffer.from(pair).toString("base64")}`;

  it("has the token in the path, as bearer or as password", async () => {
    await ask("PUT", "/a", { body: "content" });
    const { url, token } = cache;
    const status = async (path: string, authorization?: string): Promise<number> => {
      const headers = authorization === undefined ? {} : { authorization };
      return (await fetch(`${url}${path}`, { headers })).status;
    };
    expect(await status("/a")).toBe(401);
    expect(await status(`/${"0".repeat(48)}/a`)).toBe(401);
    expect(await status("/a", `Bearer ${token}`)).toBe(200);
    expect(await status("/a", "Bearer wrong")).toBe(401);
    expect(await status("/a", basic(`any:${token}`))).toBe(200);
    expect(await status("/a", basic("any:wrong"))).toBe(401);
    expect(await status("/a", "Basic")).toBe(401);
  });

  it("reads and writes nothing, if the cache may only be read, but what is there", async () => {
    await restart({ readOnly: true, origin: originOf({ a: 1 }) });
    expect(await ask("PUT", "/b", { body: "content" })).toMatchObject({
      status: 403,
      text: "this run may only read the cache\n",
    });
    expect(await statusOf("DELETE", "/a")).toBe(403);
    expect(await statusOf("MKCOL", "/c/")).toBe(403);
    expect(await ask("GET", "/a")).toMatchObject({ status: 200, text: origin });
    expect(pathsOf()).toEqual(["a"]);
    expect(cache.counts().refused).toBe(3);
  });
});

describe("bad requests", () => {
  it.each(["/a%2fb", "/a//b", "/a:b", `/${"x".repeat(201)}`, "/a/".repeat(20)])(
    "a path such as %s names no object",
    async (path) => {
      expect(await statusOf("PUT", path, { body: "x" })).toBe(400);
      expect(filesHere()).toEqual([]);
    },
  );

  it("an object cannot be a folder too, and no part of one is taken", async () => {
    await ask("PUT", "/a", { body: "x" });
    await ask("PUT", "/b/c", { body: "x" });
    expect(await statusOf("PUT", "/a/b", { body: "x" })).toBe(409);
    expect(await statusOf("PUT", "/b", { body: "x" })).toBe(409);
    expect(await statusOf("PUT", "/", { body: "x" })).toBe(404);
    expect(await statusOf("POST", "/a", { body: "x" })).toBe(405);
    const headers = { "content-range": "bytes 0-0/2" };
    expect(await statusOf("PUT", "/d", { body: "x", headers })).toBe(400);
    expect(cache.objects.count).toBe(2);
  });
});

describe("the size", () => {
  it("is kept by dropping what was not used for the longest time", async () => {
    await restart({ mostBytes: 1000, origin: originOf({ old: 9, older: 10, read: 11 }) });
    expect(await statusOf("GET", "/read")).toBe(200);
    expect(await statusOf("PUT", "/new", { body: randomBytes(300) })).toBe(201);
    expect(pathsOf()).toEqual(["new", "old", "read"]);
    // The next run gets the order from the times.
    const listed = [...cache.objects.list(new Date())].sort((a, b) => a.mtimeMs - b.mtimeMs);
    expect(listed[0]?.path).toBe("old");
  });

  it("limits one object, without keeping any of it", async () => {
    await restart({ mostBytes: 1000 });
    await ask("PUT", "/a", { body: randomBytes(400) });
    expect(await ask("PUT", "/b", { body: randomBytes(1001) })).toMatchObject({
      status: 413,
      text: "objects can have up to 1000 bytes\n",
    });
    expect(filesHere()).toHaveLength(1);
    expect(await statusOf("PUT", "/c", { body: randomBytes(600) })).toBe(201);
    expect(await statusOf("GET", "/a")).toBe(200);
  });
});

describe("what only the origin has", () => {
  it("is read in part, and is replaced by what is written", async () => {
    await restart({ origin: originOf({ "a/b": 2 }) });
    const part = await ask("GET", "/a/b", { headers: { range: "bytes=8-11" } });
    expect(part).toMatchObject({ status: 206, text: "8901" });
    expect(await statusOf("PUT", "/a/b", { body: origin })).toBe(204);
    expect(cache.objects.changes).toBe(0);
    expect(await statusOf("PUT", "/a/b", { body: "other" })).toBe(204);
    expect(cache.objects.changes).toBe(1);
    expect((await ask("GET", "/a/b")).text).toBe("other");
    expect(await statusOf("PUT", "/a", { body: "x" })).toBe(409);
  });

  it("is missed if it is lost, and counts as new when it is written again", async () => {
    await restart({ origin: originOf({ a: 2 }, new Set(["a"])) });
    expect(await statusOf("GET", "/a")).toBe(404);
    expect(pathsOf()).toEqual([]);
    expect(await statusOf("PUT", "/a", { body: origin })).toBe(201);
    expect(cache.objects.changes).toBe(1);
    expect((await ask("GET", "/a")).text).toBe(origin);
  });
});

describe("WebDAV", () => {
  it("folders are made, found and not listed", async () => {
    const depth = { headers: { depth: "0" } };
    expect(await statusOf("PROPFIND", "/a/b/", depth)).toBe(404);
    expect(await statusOf("MKCOL", "/a/")).toBe(201);
    expect(await statusOf("MKCOL", "/a/b/")).toBe(201);
    expect(await statusOf("MKCOL", "/a/b/")).toBe(405);
    const found = await ask("PROPFIND", "/a/b/", depth);
    expect(found.status).toBe(207);
    expect(found.text).toContain(`<D:href>/${cache.token}/a/b/</D:href>`);
    expect(found.text).toContain("<D:resourcetype><D:collection/></D:resourcetype>");
    expect(await statusOf("PROPFIND", "/", depth)).toBe(207);
    expect(await statusOf("PROPFIND", "/", { headers: { depth: "1" } })).toBe(403);
  });

  it("objects have a size and a time", async () => {
    await ask("PUT", "/a/b", { body: "content" });
    const found = await ask("PROPFIND", "/a/b", { headers: { depth: "0" } });
    expect(found.text).toContain("<D:getcontentlength>7</D:getcontentlength>");
    expect(found.text).toMatch(/<D:getlastmodified>\w{3}, .* GMT<\/D:getlastmodified>/);
    expect(found.text).toContain("<D:status>HTTP/1.1 200 OK</D:status>");
    expect((await ask("OPTIONS", "/")).headers.get("dav")).toBe("1");
  });
});

it("says why a port cannot be used", async () => {
  const port = Number(new URL(cache.url).port);
  await expect(start({ port })).rejects.toThrow(
    `the build cache cannot listen on 127.0.0.1:${port}: the port is in use`,
  );
});
