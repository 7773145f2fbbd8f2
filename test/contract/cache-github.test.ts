import { randomBytes } from "node:crypto";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CacheContent } from "../../src/cache/content.ts";
import { CacheService } from "../../src/cache/github/cache-service.ts";
import { blobKey, indexKey } from "../../src/cache/github/entry-keys.ts";
import { parseRuntimeToken } from "../../src/cache/github/runtime-token.ts";
import type { BlobSource } from "../../src/cache/store/store.ts";
import { verifyCache } from "../../src/cache/use/verify.ts";
import { digestOf } from "../../src/oci/digest.ts";
import { anonymous } from "../../src/registry/auth/credentials.ts";
import { createTransport } from "../../src/registry/transport/create-transport.ts";
import { main, startTestGithubCache, type TestGithubCache } from "../support/github-cache.ts";

/** What holds of caches in GitHub's service alone: scopes, entries that never change, evictions. */

let github: TestGithubCache;
beforeEach(async () => {
  github = await startTestGithubCache();
});
afterEach(() => github[Symbol.asyncDispose]());

function cacheOf(...blobs: readonly Buffer[]): readonly [CacheContent, BlobSource] {
  const content = {
    config: {
      layers: blobs.map((bytes, at) => ({ blob: digestOf(bytes), parent: at - 1 })),
      records: blobs.map((bytes, at) => ({
        digest: digestOf(`key of ${digestOf(bytes)}`),
        layers: [{ layer: at }],
        chains: [],
        inputs: at === 0 ? [] : [[{ link: at - 1 }]],
      })),
    },
    blobs: new Map(
      blobs.map((bytes) => [
        digestOf(bytes),
        {
          mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
          digest: digestOf(bytes),
          size: bytes.length,
          annotations: { "containerd.io/uncompressed": digestOf("tar") },
        },
      ]),
    ),
  };
  const find = (digest: string) => blobs.find((bytes) => digestOf(bytes) === digest);
  const openBlob: BlobSource["openBlob"] = ({ digest }) => {
    const bytes = find(digest) ?? Buffer.alloc(0);
    const pieces = Array.from({ length: Math.ceil(bytes.length / 2 ** 20) }, (_, at) =>
      bytes.subarray(at * 2 ** 20, (at + 1) * 2 ** 20),
    );
    return Promise.resolve(Readable.from(pieces));
  };
  return [content, { openBlob }];
}

const small = cacheOf(Buffer.from("a"), Buffer.from("b"));
const read = { ref: "refs/heads/main", writes: false };
const feature = { ref: "refs/heads/feature", writes: true };
const sibling = { ref: "refs/heads/sibling", writes: true };

describe("a ref", () => {
  it("reads its own caches and its base's, joined, and never a sibling's", async () => {
    await github.store("app", main).write(...small);
    await github.store("app", feature).write(...cacheOf(Buffer.from("a"), Buffer.from("c")));
    await github.store("app", sibling).write(...cacheOf(Buffer.from("secret")));
    const own = await github.store("app", feature, read).read();
    expect([...(own?.blobs.keys() ?? [])].sort()).toEqual(["a", "b", "c"].map(digestOf).sort());
    expect((await github.store("app", main).read())?.blobs.size).toBe(2);
    expect(await github.store("other", main).read()).toBeUndefined();
  });

  it("that may only read writes nothing", async () => {
    await expect(github.store("app", read).write(...small)).rejects.toThrow(
      "cannot write to type=gha,scope=app: the token is read-only",
    );
  });
});

describe("an index", () => {
  it("takes the next number, and the newest is read", async () => {
    const store = github.store("app", main);
    for (const text of ["a", "b", "c"]) await store.write(...cacheOf(Buffer.from(text)));
    expect((await store.read())?.blobs.has(digestOf("c"))).toBe(true);
    const found = await github.service(main).find(indexKey("app", main.ref));
    expect(found?.key).toBe(`${indexKey("app", main.ref)}#3`);
  });

  it("that an engine signed is read as any other, if it is the newest", async () => {
    const store = github.store("app", main);
    await store.write(...small);
    const text = '{"records":[{"digest":"signed"}]}';
    const open = () => Promise.resolve(Readable.from([Buffer.from(text)]));
    await github.service(main).add(`${indexKey("app", main.ref)}-sig#1`, text.length, open);
    expect((await store.read())?.config.records).toMatchObject([{ digest: "signed" }]);
    await store.write(...small);
    expect((await store.read())?.config.records).toHaveLength(2);
  });

  it("of several who write at once is one of theirs, whole", async () => {
    const texts = ["a", "b", "c", "d"];
    await Promise.all(
      texts.map((text) => github.store("app", main).write(...cacheOf(Buffer.from(text)))),
    );
    const store = github.store("app", main);
    expect((await store.read())?.blobs.size).toBe(1);
    expect((await verifyCache(store, { deep: true })).problems).toEqual([]);
  });

  it("that is cut off, or whose layers say nothing of themselves, is told for what it is", async () => {
    const add = (number: number, text: string) =>
      github
        .service(main)
        .add(`${indexKey("app", main.ref)}#${number}`, text.length, () =>
          Promise.resolve(Readable.from([Buffer.from(text)])),
        );
    const problems = async () => (await verifyCache(github.store("app", main))).problems;
    await add(1, '{"layers":[{"blob":');
    expect(await problems()).toMatchObject([
      { kind: "unreadable", message: expect.stringContaining("truncated") as string },
    ]);
    await add(2, JSON.stringify({ layers: [{ blob: digestOf("a"), parent: -1 }] }));
    expect(await problems()).toMatchObject([{ kind: "blob" }]);
  });
});

describe("a blob", () => {
  it("that is large goes up in blocks, and comes down as it was", async () => {
    const blob = randomBytes(20 << 20);
    const store = github.store("app", main);
    await store.write(...cacheOf(blob));
    const puts = github.requests.filter((line) => line.startsWith("PUT"));
    // Five blocks and their list, and the index.
    expect(puts.length).toBe(5 + 1 + 1);
    expect(await verifyCache(store, { deep: true })).toMatchObject({
      problems: [],
      read: blob.length,
    });
  });

  it("that was evicted, or is not what it was, is found out", async () => {
    const store = github.store("app", main);
    await store.write(...cacheOf(Buffer.from("first"), Buffer.from("second")));
    await replaceContent("first", undefined);
    await replaceContent("second", "SECOND");
    const kinds = async (deep: boolean) =>
      (await verifyCache(store, { deep })).problems.map(({ kind }) => kind);
    expect(await kinds(false)).toEqual(["blob-missing"]);
    expect(await kinds(true)).toEqual(["blob-missing", "blob-content"]);
  });

  it("that somebody began to send and never did is waited for, and then told", async () => {
    const service = github.service(main);
    const broken = service.add(blobKey(digestOf("a")), 1, () =>
      Promise.resolve(Readable.from([Buffer.from("too long")])),
    );
    await expect(broken).rejects.toThrow("the service rejected the upload");
    await expect(github.store("app", main).write(...small)).rejects.toThrow(
      /is reserved by an unfinished upload/,
    );
    expect(await github.store("app", main).read()).toBeUndefined();
  });
});

/** Changes what is under an entry's key, as no client can; undefined takes it away. */
async function replaceContent(text: string, content: string | undefined): Promise<void> {
  const found = await github.service(main).find(blobKey(digestOf(text)));
  const stream = await found?.content.open();
  const before = Buffer.concat((await stream?.toArray()) ?? []).toString();
  expect(before).toBe(text);
  for (const file of await readdir(github.root)) {
    if (!file.endsWith(".json")) continue;
    const id = file.slice(0, -".json".length);
    const entry = await readFile(join(github.root, file), "utf8");
    if (!entry.includes(digestOf(text))) continue;
    if (content === undefined) await rm(join(github.root, id));
    else await writeFile(join(github.root, id), content);
  }
}

describe("a token", () => {
  const claims = (fields: object): string =>
    `e30.${Buffer.from(JSON.stringify(fields)).toString("base64url")}.sig`;

  it.each([
    ["what is none", "nonsense", "is not a GitHub Actions token"],
    ["what is no JSON", "a.b.c", "is not a GitHub Actions token"],
    ["one that has expired", claims({ exp: 1, ac: "[]" }), "has expired"],
    ["one without caches", claims({ exp: 9e9 }), "does not grant access to caches"],
    ["one whose list is none", claims({ exp: 9e9, ac: "{}" }), "does not grant access to caches"],
  ])("is refused where it is %s", (_, token, message) => {
    expect(() => parseRuntimeToken(token)).toThrow(message);
  });

  it("goes in the clear to loopback alone", () => {
    const transport = createTransport({ credentials: anonymous });
    const token = parseRuntimeToken(github.token(main));
    const url = new URL("http://example.org/");
    expect(() => new CacheService({ url, token, transport })).toThrow("is not an API address");
    transport.close();
  });

  it("of somebody else is refused by the service", async () => {
    const other = await startTestGithubCache();
    const foreign = other.token(main);
    await other[Symbol.asyncDispose]();
    const answer = await fetch(
      `${github.url}twirp/github.actions.results.api.v1.CacheService/CreateCacheEntry`,
      { method: "POST", headers: { authorization: `Bearer ${foreign}` }, body: "{}" },
    );
    expect(answer.status).toBe(401);
  });
});
