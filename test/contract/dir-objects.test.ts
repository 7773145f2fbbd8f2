import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { buffer } from "node:stream/consumers";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { saveObjects } from "../../src/dir/objects/save-objects.ts";
import { StoredObjects, type StoredObjectsOptions } from "../../src/dir/objects/stored-objects.ts";
import type { Saved } from "../../src/dir/save/save-tree.ts";
import { localCrew } from "../../src/dir/threads/local-crew.ts";
import { verifyDirectory } from "../../src/dir/verify.ts";
import { RegistryError } from "../../src/errors.ts";
import { anonymous } from "../../src/registry/auth/credentials.ts";
import { RegistryClient } from "../../src/registry/client.ts";
import { type DirBed, openDirBed } from "../support/dir-caches.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { registryKinds, type TestRegistry } from "../support/registries.ts";

/** What holds of caches whose files are fetched one by one, in every registry. */

type Contents = Readonly<Record<string, Buffer>>;

let registry: TestRegistry;
let bed: DirBed;
let folders = 0;
const failures: unknown[] = [];

/** As another machine would open it. */
async function open(
  key: string,
  changes: Partial<StoredObjectsOptions> & { readonly client?: RegistryClient } = {},
): Promise<{ readonly stored: StoredObjects | undefined; readonly source: StoredObjectsOptions }> {
  const { client = bed.storage.client, ...more } = changes;
  const folder = join(bed.root, String(folders++));
  mkdirSync(folder);
  const source = {
    ...{ storage: { ...bed.storage, client }, crew: localCrew(), key, prefixes: [], folder },
    mostBytes: () => 1e9,
    now: () => new Date(),
    onFailure: (error: unknown) => void failures.push(error),
    ...more,
  };
  return { stored: await StoredObjects.open(source), source };
}

type Opened = Awaited<ReturnType<typeof open>>;

/** Saves what was opened with more written to it, some time later. */
function save(
  { stored, source }: Opened,
  written: Contents,
  { without = [], mostBytes = 1e9 }: { without?: readonly string[]; mostBytes?: number } = {},
): Promise<Saved> {
  const kept = [...(stored?.objects ?? [])].filter(
    ({ path }) => !(path in written) && !without.includes(path),
  );
  const added = Object.entries(written).map(([path, content]) => {
    const file = join(source.folder, `written-${path.replaceAll("/", "-")}`);
    writeFileSync(file, content);
    return { path, size: content.length, mtimeMs: Date.now(), file };
  });
  const { storage, crew, key, now } = source;
  const objects = [...kept, ...added];
  const what = { objects, opened: stored, source, mostObjectBytes: mostBytes };
  return saveObjects({ storage, crew, key: { key, family: key }, now, ...what });
}

async function read({ stored }: Opened, path: string, start = 0, length?: number) {
  const size = stored?.entries.get(path)?.entry.size ?? 0;
  const stream = await stored?.read(path, start, length ?? size);
  return stream === undefined ? undefined : buffer(stream);
}

async function expectAll(key: string, contents: Contents): Promise<void> {
  const opened = await open(key);
  expect([...(opened.stored?.entries.keys() ?? [])].sort()).toEqual(Object.keys(contents).sort());
  for (const [path, content] of Object.entries(contents)) {
    expect((await read(opened, path))?.equals(content)).toBe(true);
  }
  const checked = await verifyDirectory(bed.storage, key, { crew: localCrew(), deep: true });
  expect(checked?.problems).toEqual([]);
}

const some = (name: string, number: number, bytes: number): Contents =>
  Object.fromEntries(
    Array.from({ length: number }, (_, at) => [`${name}/${at}`, randomBytes(bytes)]),
  );
const packsOf = ({ stored }: Opened): number => stored?.fetched.packs ?? 0;

/** Fails for packs, in the way that it is told to. */
class Failing extends RegistryClient {
  error: Error | undefined;
  asked = 0;
  override readBlob(...given: Parameters<RegistryClient["readBlob"]>): Promise<Buffer> {
    const [, { mediaType }] = given;
    if (!mediaType.includes(".pack.") || this.error === undefined) return super.readBlob(...given);
    this.asked += 1;
    return Promise.reject(this.error);
  }
}
const answer = (status: number): Error =>
  new RegistryError({ method: "GET", url: "http://registry/blob", status });

describe.each(registryKinds)("in $name", ({ start }) => {
  beforeEach(async () => {
    registry = await start();
    bed = openDirBed(registry.host);
  });
  afterEach(async () => {
    await bed[Symbol.asyncDispose]();
    await registry[Symbol.asyncDispose]();
    failures.length = 0;
  });

  it("an object is fetched with its pack when it is asked for, and a new cache needs no other", async () => {
    const [first, second] = [some("first", 10, 300_000), some("second", 10, 300_000)];
    await save(await open("k"), first);
    await save(await open("k"), second);
    const opened = await open("k");
    expect(packsOf(opened)).toBe(0);
    expect((await read(opened, "first/3"))?.equals(first["first/3"] ?? Buffer.of())).toBe(true);
    expect(packsOf(opened)).toBe(1);
    const part = await read(opened, "first/3", 1000, 50);
    expect(part?.equals(first["first/3"]?.subarray(1000, 1050) ?? Buffer.of())).toBe(true);
    expect(packsOf(opened)).toBe(1);
    const third = { new: randomBytes(1000), "second/1": randomBytes(200) };
    const saved = await save(opened, third, { without: ["first/9"] });
    expect(packsOf(opened)).toBe(1);
    expect(saved).toMatchObject({ files: 20, read: { files: 2, bytes: 1200 } });
    expect(saved.sent.bytes).toBeLessThan(10_000);
    const left = Object.fromEntries(Object.entries(first).filter(([path]) => path !== "first/9"));
    await expectAll("k", { ...left, ...second, ...third });
  });

  it("a large object is put together from its packs, in any part", async () => {
    const large = randomBytes(9_000_000);
    await save(await open("k"), { large });
    const opened = await open("k", { mostBytes: () => 5_000_000 });
    for (const [begin, end] of [
      [0, 9_000_000],
      [4_000_000, 4_500_000],
      [8_999_999, 9_000_000],
    ] as const) {
      const part = await read(opened, "large", begin, end - begin);
      expect(part?.equals(large.subarray(begin, end))).toBe(true);
    }
    const sizes = readdirSync(opened.source.folder).map(
      (name) => statSync(join(opened.source.folder, name)).size,
    );
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(5_000_000);
  });

  it("many small packs become one, with what was never fetched", async () => {
    const all: Record<string, Buffer> = {};
    for (let at = 0; at < 18; at++) {
      const added = { [`a/${at}`]: randomBytes(1000) };
      Object.assign(all, added);
      await save(await open("k"), added);
    }
    await expectAll("k", all);
    expect((await open("k")).stored?.cache.packs.length).toBeLessThan(17);
  });

  it("two jobs that save one key keep the objects of both", async () => {
    const [common, mine, theirs] = [some("c", 3, 1000), some("m", 3, 1000), some("t", 3, 1000)];
    await save(await open("k"), { ...common, "c/x": randomBytes(10) });
    const [one, other] = [await open("k"), await open("k")];
    await save(one, theirs);
    await save(other, mine, { without: ["c/x"] });
    await expectAll("k", { ...common, ...mine, ...theirs });
    const late = await open("new", { prefixes: ["k"] });
    await save(await open("new"), theirs);
    await save(late, {});
    await expectAll("new", { ...common, ...mine, ...theirs });
  });

  it("an object whose pack is missing or has other content is not there, and is not saved", async () => {
    const [first, second] = [some("first", 2, 1000), some("second", 2, 1000)];
    await save(await open("k"), first);
    await save(await open("k"), second);
    await using client = new Failing({ credentials: anonymous });
    client.error = answer(404);
    const opened = await open("k", { client });
    expect(await read(opened, "first/0")).toBeUndefined();
    expect(await read(opened, "first/1")).toBeUndefined();
    expect(failures).toEqual([
      expect.objectContaining({ why: expect.stringContaining("was not found") as string }),
    ]);
    expect(opened.stored?.isLost("first/1")).toBe(true);
    expect(opened.stored?.isLost("second/1")).toBe(false);
    client.error = undefined;
    expect(await read(opened, "second/1")).toEqual(second["second/1"]);
    await save(opened, {}, { without: ["first/0", "first/1"] });
    await expectAll("k", second);
  });

  it("bytes that changed on the way are no content of an object", async () => {
    const files = some("a", 2, 1000);
    await save(await open("k"), files);
    await using proxy = await startFaultProxy(registry.host, () => undefined);
    const { path } = bed.storage.repository;
    const storage = { ...bed.storage, repository: { host: proxy.host, path } };
    const opened = await open("k", { storage });
    const pack = opened.stored?.cache.packs[0]?.digest ?? "";
    proxy.decide = ({ url }) =>
      url.includes(pack) ? { type: "corrupt", body: "answer", place: 0.5 } : undefined;
    expect(await read(opened, "a/0")).toBeUndefined();
    expect(failures).toHaveLength(1);
    expect(opened.stored?.isLost("a/1")).toBe(true);
    expect(readdirSync(opened.source.folder)).toEqual([]);
    // What is saved then refers to none of it.
    await save(opened, { b: files["a/0"] ?? Buffer.of() });
    expect([...((await open("k")).stored?.entries.keys() ?? [])]).toEqual(["b"]);
  });

  it("a registry that does not answer is asked again after a minute", async () => {
    const files = some("a", 1, 1000);
    await save(await open("k"), files);
    await using client = new Failing({ credentials: anonymous });
    client.error = answer(503);
    let minutes = 0;
    const now = (): Date => new Date(Date.now() + minutes * 60_000);
    const opened = await open("k", { client, now });
    for (let times = 0; times < 3; times++) expect(await read(opened, "a/0")).toBeUndefined();
    expect([client.asked, failures.length]).toEqual([1, 1]);
    expect(opened.stored?.isLost("a/0")).toBe(false);
    client.error = undefined;
    expect(await read(opened, "a/0")).toBeUndefined();
    // Saving asks again at once.
    await save(opened, { b: randomBytes(10) });
    expect((await open("k")).stored?.entries.size).toBe(2);
    minutes = 2;
    expect(await read(opened, "a/0")).toEqual(files["a/0"]);
  });
});
