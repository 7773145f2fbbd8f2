import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Digest, digestOf, hexOf } from "../../oci/digest.ts";
import { parseManifest } from "../../oci/manifest.ts";
import { mediaTypes } from "../../oci/media-types.ts";
import { openStore, type Store } from "./store.ts";
import type { NewManifest } from "./manifests.ts";

let root = "";
let store: Store;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "layerkeep-store-"));
  store = await openStore(root);
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function* body(...chunks: Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield await Promise.resolve(chunk);
}

async function push(name: string, content: Uint8Array): Promise<Digest> {
  const digest = digestOf(content);
  const upload = store.uploads.once(name, digest);
  await upload.file.append(body(content));
  expect(await upload.file.seal(digest)).toBe(digest);
  await store.commit(upload, digest);
  return digest;
}

function manifest(tag?: string, extra: object = {}): NewManifest {
  const config = { mediaType: mediaTypes.ociConfig, digest: digestOf("{}"), size: 2 };
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config,
      layers: [],
      ...extra,
    }),
  );
  const content = parseManifest(bytes);
  return { digest: digestOf(bytes), mediaType: content.mediaType, bytes, content, tag };
}

const unchecked = (): void => undefined;

test.each([0, 1, 65_536, 65_537, 3_000_000])("keeps a blob of %d bytes", async (size) => {
  const content = randomBytes(size);
  const digest = await push("acme/app", content);
  const found = store.blobs.find("acme/app", digest);
  expect(found?.size).toBe(size);
  expect(digestOf(await readFile(found?.path ?? ""))).toBe(digest);
  expect(await readdir(join(root, "uploads"))).toEqual([]);
});

test("keeps a blob once for all repositories, and nobody sees another's", async () => {
  const content = randomBytes(100);
  const digest = await push("one", content);
  expect(store.blobs.find("two", digest)).toBe(undefined);
  await push("two", content);
  expect(await store.mount("three", digest, "one")).toBe(true);
  const inodes = await Promise.all(
    ["one", "two", "three"].map(async (name) => {
      const path = store.blobs.find(name, digest)?.path ?? "";
      return (await stat(path)).ino;
    }),
  );
  expect(new Set(inodes).size).toBe(1);
  // Three repositories and the pool.
  const pooled = await stat(join(root, "blobs/sha256", hexOf(digest)));
  expect([pooled.ino, pooled.nlink]).toEqual([inodes[0], 4]);
});

test("takes the same blob from many pushers at once", async () => {
  const content = randomBytes(50_000);
  await Promise.all(Array.from({ length: 12 }, (_, pusher) => push(`app-${pusher % 3}`, content)));
  const digest = digestOf(content);
  for (const name of ["app-0", "app-1", "app-2"]) {
    expect(digestOf(await readFile(store.blobs.find(name, digest)?.path ?? ""))).toBe(digest);
  }
  expect((await stat(join(root, "blobs/sha256", hexOf(digest)))).nlink).toBe(4);
  expect(await readdir(join(root, "uploads"))).toEqual([]);
});

test("removes a blob from one repository only", async () => {
  const content = randomBytes(100);
  const digest = await push("one", content);
  await push("two", content);
  expect(await store.blobs.remove("one", digest)).toBe(true);
  expect(await store.blobs.remove("one", digest)).toBe(false);
  expect(store.blobs.find("one", digest)).toBe(undefined);
  expect(store.blobs.find("two", digest)?.size).toBe(100);
  expect(await store.mount("three", digest, "one")).toBe(false);
});

test("tells a manifest by tag and digest, and moves the tag", async () => {
  const [first, second] = [manifest("v1", { annotations: { id: "1" } }), manifest("v1")];
  await store.putManifest("app", first, unchecked);
  expect(store.manifests.resolve("app", "v1")).toBe(first.digest);
  await store.putManifest("app", second, unchecked);
  expect(store.manifests.resolve("app", "v1")).toBe(second.digest);
  const kept = store.manifests.find("app", first.digest);
  expect([kept?.mediaType, Buffer.from(kept?.bytes ?? [])]).toEqual([
    mediaTypes.ociManifest,
    Buffer.from(first.bytes),
  ]);
});

test("stores nothing where the check fails", async () => {
  const refused = manifest("v1");
  const check = (): never => {
    throw new Error("a blob is missing");
  };
  await expect(store.putManifest("app", refused, check)).rejects.toThrow("a blob is missing");
  expect([
    store.manifests.resolve("app", "v1"),
    store.manifests.has("app", refused.digest),
    store.hasRepository("app"),
    await readdir(join(root, "uploads")),
  ]).toEqual([undefined, false, false, []]);
});

test("removes a manifest with all its tags, and no others", async () => {
  const [gone, kept] = [manifest("a"), manifest("c", { annotations: { id: "2" } })];
  await store.putManifest("app", gone, unchecked);
  await store.putManifest("app", { ...gone, tag: "b" }, unchecked);
  await store.putManifest("app", kept, unchecked);
  expect(store.manifests.find("app", gone.digest)).toBeDefined();
  expect(await store.manifests.remove("app", gone.digest)).toBe(true);
  expect(await store.manifests.tags("app")).toEqual(["c"]);
  expect(store.manifests.find("app", gone.digest)).toBe(undefined);
  expect(await store.manifests.remove("app", gone.digest)).toBe(false);
});

test("never leaves a tag without its manifest, whoever puts and removes at once", async () => {
  const same = manifest("v1");
  for (let round = 0; round < 20; round++) {
    await Promise.all([
      store.putManifest("app", same, unchecked),
      store.manifests.remove("app", same.digest),
      store.putManifest("app", { ...same, tag: "v2" }, unchecked),
    ]);
    for (const tag of await store.manifests.tags("app")) {
      expect(store.manifests.resolve("app", tag)).toBe(same.digest);
      expect(store.manifests.has("app", same.digest)).toBe(true);
    }
  }
});

test("knows what refers to a subject until it is removed", async () => {
  const subject = digestOf("subject");
  const descriptor = { mediaType: mediaTypes.ociManifest, digest: subject, size: 7 };
  const referrer = manifest(undefined, { subject: descriptor });
  await store.putManifest("app", referrer, unchecked);
  const found = await store.manifests.referrers("app", subject);
  expect(found.map(({ digest }) => digest)).toEqual([referrer.digest]);
  expect(await store.manifests.referrers("other", subject)).toEqual([]);
  await store.manifests.remove("app", referrer.digest);
  expect(await store.manifests.referrers("app", subject)).toEqual([]);
});

test("has all of it again after a restart, and nothing that was on its way", async () => {
  const digest = await push("acme/deep/app", randomBytes(10));
  await store.putManifest("acme/app", manifest("v1"), unchecked);
  const cut = await store.uploads.begin("acme/app");
  await cut.file.append(body(randomBytes(100_000)));
  await cut.file.pause();
  await writeFile(join(root, "uploads/left-over"), "half");

  store = await openStore(root);
  expect(store.repositories()).toEqual(["acme/app", "acme/deep/app"]);
  expect(store.blobs.find("acme/deep/app", digest)?.size).toBe(10);
  expect(store.manifests.resolve("acme/app", "v1")).toBe(manifest().digest);
  expect(await readdir(join(root, "uploads"))).toEqual([]);
});

test("does not take a foreign folder among the repositories for one", async () => {
  await mkdir(join(root, "repositories/stray/inner"), { recursive: true });
  expect((await openStore(root)).repositories()).toEqual([]);
});

test("collects what a plan names, and tells it what there is", async () => {
  const [kept, gone] = [randomBytes(10), randomBytes(20)];
  const config = await push("app", kept);
  const dropped = await push("app", gone);
  const image = manifest("v1", { config: { mediaType: "x", digest: config, size: 10 } });
  const old = manifest(undefined, { annotations: { id: "old" } });
  await store.putManifest("app", image, unchecked);
  await store.putManifest("app", old, unchecked);
  const collected = await store.collect(([view]) => {
    expect([view?.name, [...(view?.tagged ?? [])]]).toEqual(["app", [image.digest]]);
    expect(view?.manifests.find(({ digest }) => digest === image.digest)).toMatchObject({
      size: image.bytes.length,
      parts: [config],
      subject: undefined,
    });
    expect(view?.blobs.map(({ size }) => size).sort()).toEqual([10, 20]);
    return [{ repository: "app", manifests: [old.digest], blobs: [dropped] }];
  });
  const bytes = old.bytes.length + 20;
  expect(collected).toEqual([
    { repository: "app", manifests: [old.digest], blobs: [dropped], bytes },
  ]);
  expect(store.manifests.has("app", old.digest)).toBe(false);
  expect(store.manifests.resolve("app", "v1")).toBe(image.digest);
  expect([store.blobs.find("app", dropped), store.blobs.find("app", config)?.size]).toEqual([
    undefined,
    10,
  ]);
});
