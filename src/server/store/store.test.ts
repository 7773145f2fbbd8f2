import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { UsageError } from "../../errors.ts";
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
afterEach(async () => {
  await store.close();
  await rm(root, { recursive: true, force: true });
});

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

/** The content as a client would get it. */
async function contentOf(name: string, digest: Digest): Promise<Uint8Array> {
  const found = store.blobs.find(name, digest);
  if (found === undefined) throw new Error(`${name} has no ${digest}`);
  const source = store.blobs.read(found);
  return typeof source === "string" ? readFile(source) : source;
}

const unchecked = (): void => undefined;

test.each([0, 1, 65_536, 65_537, 3_000_000])("keeps a blob of %d bytes", async (size) => {
  const content = randomBytes(size);
  const digest = await push("acme/app", content);
  const found = store.blobs.find("acme/app", digest);
  expect(found?.size).toBe(size);
  expect(digestOf(await contentOf("acme/app", digest))).toBe(digest);
  expect(await readdir(join(root, "uploads"))).toEqual([]);
});

test("stores a large blob once for all repositories, and isolates repositories from each other", async () => {
  const content = randomBytes(100_000);
  const digest = await push("one", content);
  expect(store.blobs.find("two", digest)).toBe(undefined);
  await push("two", content);
  expect(await store.mount("three", digest, "one")).toBe(true);
  for (const name of ["one", "two", "three"]) {
    expect(digestOf(await contentOf(name, digest))).toBe(digest);
  }
  expect(await readdir(join(root, "blobs/sha256"))).toEqual([hexOf(digest)]);
});

test("removes a blob's file when the last repository drops it", async () => {
  const content = randomBytes(100_000);
  const digest = await push("one", content);
  await store.mount("two", digest, "one");
  await store.blobs.remove("one", digest);
  expect(digestOf(await contentOf("two", digest))).toBe(digest);
  await store.blobs.remove("two", digest);
  expect(await readdir(join(root, "blobs/sha256"))).toEqual([]);
  await push("one", content);
  expect(digestOf(await contentOf("one", digest))).toBe(digest);
});

test.each([50_000, 100_000])("accepts concurrent pushes of the same blob", async (size) => {
  const content = randomBytes(size);
  await Promise.all(Array.from({ length: 12 }, (_, pusher) => push(`app-${pusher % 3}`, content)));
  const digest = digestOf(content);
  for (const name of ["app-0", "app-1", "app-2"]) {
    expect(digestOf(await contentOf(name, digest))).toBe(digest);
  }
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

test("finds a manifest by tag and digest, and moves the tag", async () => {
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

test("stores nothing if the check fails", async () => {
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
  expect(store.manifests.tags("app")).toEqual(["c"]);
  expect(store.manifests.find("app", gone.digest)).toBe(undefined);
  expect(await store.manifests.remove("app", gone.digest)).toBe(false);
});

test("never leaves a tag without its manifest, even with concurrent pushes and removals", async () => {
  const same = manifest("v1");
  for (let round = 0; round < 20; round++) {
    await Promise.all([
      store.putManifest("app", same, unchecked),
      store.manifests.remove("app", same.digest),
      store.putManifest("app", { ...same, tag: "v2" }, unchecked),
    ]);
    for (const tag of store.manifests.tags("app")) {
      expect(store.manifests.resolve("app", tag)).toBe(same.digest);
      expect(store.manifests.has("app", same.digest)).toBe(true);
    }
  }
});

test("lists the referrers of a subject until they are removed", async () => {
  const subject = digestOf("subject");
  const descriptor = { mediaType: mediaTypes.ociManifest, digest: subject, size: 7 };
  const referrer = manifest(undefined, { subject: descriptor });
  await store.putManifest("app", referrer, unchecked);
  const found = store.manifests.referrers("app", subject);
  expect(found).toEqual([referrer.digest]);
  const described = store.manifests.describe("app", referrer.digest);
  expect(JSON.parse(Buffer.from(described ?? []).toString())).toMatchObject({
    digest: referrer.digest,
    size: referrer.bytes.length,
  });
  expect(store.manifests.referrer("app", referrer.digest)?.descriptorBytes).toBe(described?.length);
  expect(store.manifests.referrers("other", subject)).toEqual([]);
  await store.manifests.remove("app", referrer.digest);
  expect(store.manifests.referrers("app", subject)).toEqual([]);
});

test("has everything again after a restart, except unfinished uploads", async () => {
  const digest = await push("acme/deep/app", randomBytes(10));
  await store.putManifest("acme/app", manifest("v1"), unchecked);
  const cut = await store.uploads.begin("acme/app");
  await cut.file.append(body(randomBytes(100_000)));
  await cut.file.pause();
  await writeFile(join(root, "uploads/left-over"), "half");
  await store.close();

  store = await openStore(root);
  expect(store.repositories()).toEqual(["acme/app", "acme/deep/app"]);
  expect(store.blobs.find("acme/deep/app", digest)?.size).toBe(10);
  expect(store.manifests.resolve("acme/app", "v1")).toBe(manifest().digest);
  expect(await readdir(join(root, "uploads"))).toEqual([]);
});

test("refuses a folder of the version without a journal", async () => {
  const old = join(root, "old");
  await mkdir(join(old, "repositories/app"), { recursive: true });
  await expect(openStore(old)).rejects.toThrow(
    new UsageError(`${old} was written by an older version of the registry`, {
      hint: "start with an empty folder and push the images again: this version cannot read the old format",
    }),
  );
});

test("cleans up files that no record names, and tolerates one that was removed by hand", async () => {
  const [kept, lost] = [randomBytes(100_000), randomBytes(100_000)];
  await push("app", kept);
  const digest = await push("app", lost);
  await store.close();
  await rm(join(root, "blobs/sha256", hexOf(digest)));
  await writeFile(join(root, "blobs/sha256", "0".repeat(64)), "half");

  store = await openStore(root);
  expect(await readdir(join(root, "blobs/sha256"))).toEqual([hexOf(digestOf(kept))]);
  expect(store.blobs.find("app", digest)).toBe(undefined);
  await push("app", lost);
  await store.close();
  store = await openStore(root);
  expect(digestOf(await contentOf("app", digest))).toBe(digest);
});

test("gives a plan its view, and collects what the plan names", async () => {
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
