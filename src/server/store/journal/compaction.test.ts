import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Digest, digestOf } from "../../../oci/digest.ts";
import { tmpfs } from "../../../../test/support/small-disks.ts";
import { openReserve } from "../../root/reserve.ts";
import { openStore, type Store } from "../store.ts";
import { pushTo } from "../../../../test/support/stores.ts";

const options = { segmentBytes: 4_000, leastDeadBytes: 1 };
let root = "";
let store: Store;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "layerkeep-compaction-"));
  store = await openStore(root, Date.now, options);
});
afterEach(async () => {
  await store.close();
  await rm(root, { recursive: true, force: true });
});

const push = (name: string, text: string): Promise<Digest> =>
  pushTo(store, Buffer.from(text), name);

function closing(open: Store): AsyncDisposable & { readonly store: Store } {
  return { store: open, [Symbol.asyncDispose]: () => open.close() };
}

const segments = (): Promise<string[]> => readdir(join(root, "journal"));

async function bytes(): Promise<number> {
  const files = (await segments()).map((name) => stat(join(root, "journal", name)));
  return (await Promise.all(files)).reduce((sum, { size }) => sum + size, 0);
}

async function reopen(): Promise<void> {
  await store.close();
  store = await openStore(root, Date.now, options);
}

test("frees the space of deleted content, and keeps what other repositories still have", async () => {
  const digests: Digest[] = [];
  for (let i = 0; i < 20; i++) digests.push(await push("app", `${i} ${"x".repeat(1_000)}`));
  await store.mount("other", digests[7] ?? digestOf(""), "app");
  const before = await bytes();
  await store.collect(() => [{ repository: "app", manifests: [], blobs: digests.slice(1) }]);
  await store.compact();
  expect(before).toBeGreaterThan(20_000);
  expect(await bytes()).toBeLessThan(6_000);
  for (const [name, digest] of [
    ["app", digests[0]],
    ["other", digests[7]],
  ] as const) {
    const found = store.blobs.find(name, digest ?? digestOf(""));
    expect(found && digestOf(store.blobs.read(found))).toBe(digest);
  }
  await reopen();
  expect(store.repositories()).toEqual(["app", "other"]);
  expect(digests.filter((digest) => store.blobs.find("app", digest))).toEqual([digests[0]]);
  expect(digests.filter((digest) => store.blobs.find("other", digest))).toEqual([digests[7]]);
});

test("removed content does not come back when the segment with the removal is cleaned", async () => {
  // The first segment stays because of the large content; the removal of the other one is in a
  // later segment.
  const kept = await push("app", "k".repeat(3_000));
  const gone = await push("app", "gone");
  const filler = await push("app", "f".repeat(2_000));
  await store.blobs.remove("app", gone);
  await store.blobs.remove("app", filler);
  await push("app", "n".repeat(2_500));
  await store.compact();
  expect(await segments()).not.toContain("0000000002");
  expect(await segments()).toContain("0000000001");
  await reopen();
  expect(store.blobs.find("app", gone)).toBe(undefined);
  expect(store.blobs.find("app", kept)?.size).toBe(3_000);
});

test("runs once for concurrent callers, while pushes continue", async () => {
  const digests: Digest[] = [];
  for (let i = 0; i < 30; i++) digests.push(await push("app", `${i} ${"x".repeat(1_000)}`));
  const gone = digests.filter((_, i) => i % 4 > 0);
  await Promise.all([
    store.collect(() => [{ repository: "app", manifests: [], blobs: gone }]),
    ...Array.from({ length: 30 }, (_, i) => push("app", `new ${i} ${"y".repeat(500)}`)),
  ]);
  await Promise.all([
    store.compact(),
    store.compact(),
    ...digests.map((_, i) => push("app", `later ${i} ${"z".repeat(500)}`)),
  ]);
  await reopen();
  const names = [
    ...Array.from({ length: 30 }, (_, i) => `new ${i} ${"y".repeat(500)}`),
    ...Array.from({ length: 30 }, (_, i) => `later ${i} ${"z".repeat(500)}`),
  ];
  for (const text of names) expect(store.blobs.find("app", digestOf(text))?.size).toBe(text.length);
  const left = digests.filter((digest) => store.blobs.find("app", digest) !== undefined);
  expect(left).toEqual(digests.filter((_, i) => i % 4 === 0));
});

test("dead segments are deleted, and fully used ones stay untouched", async () => {
  for (let i = 0; i < 10; i++) await push("app", `${i} ${"x".repeat(1_000)}`);
  const before = await segments();
  await store.compact();
  expect(await segments()).toEqual(before);
});

test("half-dead segments are rewritten, however many there are", async () => {
  await store.close();
  store = await openStore(root, Date.now, { segmentBytes: 2_600, leastDeadBytes: 1 });
  const digests: Digest[] = [];
  for (let i = 0; i < 40; i++) {
    digests.push(await push("app", `${String(i).padStart(2, "0")} ${"x".repeat(1_000)}`));
  }
  const before = (await segments()).length;
  const gone = digests.filter((_, i) => i % 2 === 1);
  await store.collect(() => [{ repository: "app", manifests: [], blobs: gone }]);
  await store.compact();
  const left = (await segments()).length;
  expect([before, left]).toEqual([20, 10]);
});

test.each([
  ["but one", -1],
  ["", undefined],
])(
  "on a disk without any space all dead segments are deleted, and pushes work again: all %s",
  async (_, end) => {
    await using disk = await tmpfs(2);
    const reserve = await openReserve(disk.path);
    await using full = closing(await openStore(disk.path, Date.now, { reserve }));
    const digests: Digest[] = [];
    for (let count = 0; count < 8; count++) {
      digests.push(await pushTo(full.store, Buffer.from(`${count}${"x".repeat(50_000)}`)));
    }
    disk.fill();
    // Somebody else takes the space that the registry had reserved.
    reserve.release();
    disk.fill();
    await full.store.collect(() => [
      { repository: "app", manifests: [], blobs: digests.slice(0, end) },
    ]);
    for (let count = 0; count < 3; count++) await full.store.compact().catch(() => undefined);
    expect((await readdir(join(disk.path, "journal"))).length).toBeLessThan(4);
  },
);

test("what was deleted stays deleted, whichever write of a cleaning finds the disk full", async () => {
  await store.close();
  for (let at = 1; at <= 24; at++) {
    await rm(root, { recursive: true });
    store = await openStore(root, Date.now, { segmentBytes: 700, leastDeadBytes: 1 << 30 });
    const gone = await push("app", "a".repeat(500));
    const other = await push("app", "b".repeat(500));
    await store.collect(() => [{ repository: "app", manifests: [], blobs: [gone, other] }]);
    const pad = await push("pad", "c".repeat(350));
    await store.collect(() => [{ repository: "pad", manifests: [], blobs: [pad] }]);
    await push("kept", "d".repeat(500));
    await store.close();
    let left = at;
    const isOwner = (): boolean => {
      if (--left === 0) throw Object.assign(new Error("ENOSPC: no space"), { code: "ENOSPC" });
      return true;
    };
    store = await openStore(root, Date.now, {
      segmentBytes: 100_000,
      leastDeadBytes: 400,
      isOwner,
    });
    for (let run = 0; run < 2; run++) await store.compact().catch(() => undefined);
    await store.close();
    store = await openStore(root);
    expect(store.blobs.find("app", gone)).toBe(undefined);
    await store.close();
  }
  store = await openStore(root);
});
