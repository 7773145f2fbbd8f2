import { randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { encodeTree } from "../../src/dir/tree/encode.ts";
import { packMediaType, treeMediaType } from "../../src/dir/packs/pack-types.ts";
import { renderCacheEntry, renderCacheManifest } from "../../src/dir/stored/documents.ts";
import { findExact, listCaches } from "../../src/dir/stored/find-cache.ts";
import { compressTree, readCache } from "../../src/dir/stored/read-cache.ts";
import type { Tree } from "../../src/dir/tree/tree.ts";
import { thisProcess } from "../../src/dir/process-name.ts";
import { verifyDirectory } from "../../src/dir/verify.ts";
import { threadCrew } from "../../src/dir/threads/crew.ts";
import { localCrew } from "../../src/dir/threads/local-crew.ts";
import { tagOfKey } from "../../src/dir/keys/key-tag.ts";
import { RegistryError } from "../../src/errors.ts";
import { digestOf, hexOf } from "../../src/oci/digest.ts";
import type { Descriptor } from "../../src/oci/manifest.ts";
import { anonymous } from "../../src/registry/auth/credentials.ts";
import { RegistryClient } from "../../src/registry/client.ts";
import { type DirBed, openDirBed } from "../support/dir-caches.ts";
import { describeFolder } from "../support/directories.ts";
import { registryKinds, type TestRegistry } from "../support/registries.ts";

/** What holds of directory caches in every registry. */

let registry: TestRegistry;
let bed: DirBed;

const inBed = (...path: readonly string[]): string => join(bed.root, ...path);
const sizeOf = (files: Readonly<Record<string, Buffer>>): number =>
  Object.values(files).reduce((sum, { length }) => sum + length, 0);

function write(folder: string, files: Readonly<Record<string, Buffer | string>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(inBed(folder, name), ".."), { recursive: true });
    writeFileSync(inBed(folder, name), content);
  }
}

/** Twenty files of 100 kB that do not compress, and one of 5 MB. */
function someFiles(): Readonly<Record<string, Buffer>> {
  const small = Array.from({ length: 20 }, (_, at) => [`sub/${at}`, randomBytes(100_000)] as const);
  return { ...Object.fromEntries(small), "big.bin": randomBytes(5_000_000) };
}

describe.each(registryKinds)("in $name", ({ start }) => {
  beforeEach(async () => {
    registry = await start();
    bed = openDirBed(registry.host);
  });
  afterEach(async () => {
    await bed[Symbol.asyncDispose]();
    await registry[Symbol.asyncDispose]();
  });

  it("a changed folder sends what changed, and reads nothing else", async () => {
    const files = someFiles();
    write("a", files);
    const first = await bed.save("a", "k");
    expect(first.read.bytes).toBe(sizeOf(files));
    expect(first.sent.bytes).toBeGreaterThan(sizeOf(files));
    const same = await bed.save("a", "k");
    expect(same).toMatchObject({
      manifest: first.manifest,
      read: { files: 0, bytes: 0 },
      sent: { bytes: 0, packs: 0 },
    });
    write("a", { "sub/7": randomBytes(50_000) });
    const changed = await bed.save("a", "k");
    expect(changed.read).toEqual({ files: 1, bytes: 50_000 });
    expect(changed.sent.packs).toBe(1);
    expect(changed.sent.bytes).toBeLessThan(60_000);
    await bed.restore("b", "k");
    expect(describeFolder(inBed("b"))).toEqual(describeFolder(inBed("a")));
    // Another machine knows nothing of the files, and comes to the same manifest.
    expect(await bed.save("b", "k", { memory: "other" })).toMatchObject({
      manifest: changed.manifest,
      sent: { bytes: 0 },
    });
  });

  it("several threads come to the same packs as one", async () => {
    write("a", someFiles());
    const alone = await bed.save("a", "alone");
    await using crew = threadCrew(2);
    const other = openDirBed(registry.host, "acme/other");
    renameSync(inBed("a"), join(other.root, "a"));
    const together = await other.save("a", "together", { crew });
    expect(together.manifest).toBe(alone.manifest);
    await other.restore("b", "together", { crew });
    expect(describeFolder(join(other.root, "b"))).toEqual(describeFolder(join(other.root, "a")));
    await other[Symbol.asyncDispose]();
  });

  it("the exact key comes first, then the newest of the first prefix that has any", async () => {
    for (const key of ["npm-1", "npm-2", "go-1"]) {
      write(key, { file: key });
      await bed.save(key, key);
    }
    const restored = async (key: string, ...prefixes: readonly string[]): Promise<unknown> =>
      (await bed.restore("out", key, { prefixes }))?.key;
    expect(await restored("npm-1", "npm-")).toBe("npm-1");
    expect(await restored("npm-3", "npm-", "go-")).toBe("npm-2");
    expect(await restored("npm-3", "pip-", "go-")).toBe("go-1");
    expect(await restored("npm-3", "pip-")).toBeUndefined();
    expect(readFileSync(inBed("out", "file"), "utf8")).toBe("go-1");
    expect((await listCaches(bed.storage, "npm-")).map(({ key }) => key)).toEqual([
      "npm-2",
      "npm-1",
    ]);
  });

  it("keys of a thousand odd characters are kept apart", async () => {
    const long = "ü/".repeat(500);
    write("a", { file: "a" });
    await bed.save("a", `${long}1`);
    await bed.save("a", `${long}2`);
    expect((await bed.restore("b", `${long}1`))?.key).toBe(`${long}1`);
    expect((await bed.restore("b", "x", { prefixes: [long] }))?.key).toBe(`${long}2`);
  });

  it("at most a fifth of what is stored is not used, after many changes", async () => {
    write("a", someFiles());
    await bed.save("a", "k");
    for (let round = 0; round < 6; round++) {
      const four = [0, 1, 2, 3].map((at) => [`sub/${(round * 4 + at) % 20}`, randomBytes(100_000)]);
      write("a", Object.fromEntries(four) as Record<string, Buffer>);
      await bed.save("a", "k");
      const found = await findExact(bed.storage, "k");
      if (found === undefined) throw new Error("the cache is not there");
      const { packs } = (await readCache(bed.storage, found)).tree;
      const total = packs.flat().reduce((sum, { length }) => sum + length, 0);
      expect(total * 0.8).toBeLessThanOrEqual(7_000_000);
    }
    await bed.restore("b", "k");
    expect(describeFolder(inBed("b"))).toEqual(describeFolder(inBed("a")));
  });

  it("if a pack is missing, nothing is restored", async () => {
    write("a", someFiles());
    await bed.save("a", "k");
    write("b", { "mine.txt": "mine" });
    const before = describeFolder(inBed("b"));
    class Losing extends RegistryClient {
      override readBlob(...given: Parameters<RegistryClient["readBlob"]>): Promise<Buffer> {
        const [, { mediaType }] = given;
        if (!mediaType.includes(".pack.")) return super.readBlob(...given);
        const error = { method: "GET", url: "http://registry/blob", status: 404 };
        return Promise.reject(new RegistryError(error));
      }
    }
    await using client = new Losing({ credentials: anonymous });
    await expect(bed.restore("b", "k", { client })).rejects.toThrow(
      /the cache k is damaged: the pack sha256:[0-9a-f]+ was not found/,
    );
    expect(describeFolder(inBed("b"))).toEqual(before);
    expect(readdirSync(bed.root).filter((name) => name.includes(".layerkeep"))).toEqual([]);
  });

  it("a pack with other content than the list of files says is not written", async () => {
    const bytes = Buffer.from("evil");
    const chunk = { digest: hexOf(digestOf("good")), length: 4 };
    await putCache("k", { packs: [[chunk]], content: bytes });
    write("b", { "mine.txt": "mine" });
    await expect(bed.restore("b", "k")).rejects.toThrow("has other content");
    expect(readdirSync(inBed("b"))).toEqual(["mine.txt"]);
    const checked = await verifyDirectory(bed.storage, "k", { crew: localCrew(), deep: true });
    expect(checked?.problems).toEqual([expect.stringContaining("has other content")]);
    const looked = await verifyDirectory(bed.storage, "k", { crew: localCrew() });
    expect(looked).toEqual({ key: "k", packs: 1, problems: [] });
  });

  /** A cache as somebody may write it who is not us. */
  async function putCache(
    key: string,
    { packs, content }: Pick<Tree, "packs"> & { readonly content: Buffer },
  ): Promise<void> {
    const { client, repository } = bed.storage;
    const meta = { mode: 0o755, mtime: 0, uid: 0, gid: 0 };
    const file = {
      ...meta,
      kind: "file",
      path: "0/a",
      size: 4,
      isSparse: false,
      chunks: [0],
    } as const;
    const folder = { ...meta, kind: "folder", path: "0" } as const;
    const tree = await compressTree(encodeTree({ roots: ["x"], packs, entries: [folder, file] }));
    const push = async (mediaType: string, bytes: Buffer): Promise<Descriptor> => {
      const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
      await client.pushBlob(repository, descriptor, () => bytes);
      return descriptor;
    };
    const config = await push(treeMediaType("gzip"), tree);
    const pack = await push(packMediaType("none"), content);
    const manifest = await client.putManifest(repository, renderCacheManifest(config, [pack]));
    const createdAt = new Date().toISOString();
    const entry = renderCacheEntry({ key, createdAt, files: 1, bytes: 4, stored: 4, manifest });
    await client.putManifest(repository, { ...entry, tag: tagOfKey(key) });
  }
});

describe("a restore", () => {
  beforeEach(async () => {
    registry = await registryKinds[1].start();
    bed = openDirBed(registry.host);
    write("a", { file: "new", "sub/other": "new" });
    await bed.save("a", "k");
  });
  afterEach(async () => {
    await bed[Symbol.asyncDispose]();
    await registry[Symbol.asyncDispose]();
  });

  it("replaces the whole folder, and a link in it, not what the link leads to", async () => {
    write("b", { file: "old", extra: "old" });
    write("outside", { other: "mine" });
    symlinkSync(inBed("outside"), inBed("b", "sub"));
    await bed.restore("b", "k");
    expect(describeFolder(inBed("b"))).toEqual(describeFolder(inBed("a")));
    expect(readFileSync(inBed("outside", "other"), "utf8")).toBe("mine");
  });

  it("writes a file again that changed since", async () => {
    await bed.restore("b", "k");
    write("b", { file: "changed" });
    expect((await bed.restore("b", "k"))?.kept).toBe(1);
    expect(readFileSync(inBed("b", "file"), "utf8")).toBe("new");
  });

  it("is refused while another one has the folder", async () => {
    write("b", { file: "old" });
    write(".b.layerkeep", { [`holder-${thisProcess()}`]: "" });
    await expect(bed.restore("b", "k")).rejects.toThrow(`another restore is writing ${inBed("b")}`);
    expect(readFileSync(inBed("b", "file"), "utf8")).toBe("old");
  });

  it("of two at once, one is refused or both give the cache", async () => {
    const both = await Promise.allSettled([bed.restore("b", "k"), bed.restore("b", "k")]);
    expect(both.map(({ status }) => status)).toContain("fulfilled");
    expect(describeFolder(inBed("b"))).toEqual(describeFolder(inBed("a")));
  });

  it("after one that was killed between its last steps first puts the old folder back", async () => {
    const dead = thisProcess().replace(/^\d+/, String(2 ** 22 - 1));
    write(".b.layerkeep", { [`holder-${dead}`]: "", "old/mine": "mine", "new/file": "half" });
    expect(await bed.restore("b", "unknown")).toBeUndefined();
    await bed.restore("b", "k");
    expect(describeFolder(inBed("b"))).toEqual(describeFolder(inBed("a")));
    expect(existsSync(inBed(".b.layerkeep"))).toBe(false);
  });
});

describe("a save", () => {
  beforeEach(async () => {
    registry = await registryKinds[1].start();
    bed = openDirBed(registry.host);
  });
  afterEach(async () => {
    await bed[Symbol.asyncDispose]();
    await registry[Symbol.asyncDispose]();
  });

  it("of a folder without files is refused, unless it is allowed", async () => {
    mkdirSync(inBed("a/sub"), { recursive: true });
    await expect(bed.save("a", "k")).rejects.toThrow("nothing to save: saved has no files");
    expect(await bed.save("a", "k", { allowEmpty: true })).toMatchObject({ files: 0, bytes: 0 });
    await bed.restore("b", "k");
    expect(describeFolder(inBed("b"))).toEqual(describeFolder(inBed("a")));
  });

  it("of a file that changes each time it is read is refused, and of one that changes once is not", async () => {
    write("a", { file: "first", other: "x" });
    let changes = 0;
    const changing = (most: number) => {
      const crew = localCrew();
      return {
        ...crew,
        run: ((task) => {
          if (task.kind === "read-files" && changes < most) write("a", { file: `${changes++}` });
          return crew.run(task);
        }) as typeof crew.run,
      };
    };
    await expect(bed.save("a", "k", { crew: changing(100) })).rejects.toThrow(
      `${inBed("a/file")} changed each time it was read`,
    );
    changes = 0;
    await bed.save("a", "k", { crew: changing(1) });
    await bed.restore("b", "k");
    expect(readFileSync(inBed("b", "file"), "utf8")).toBe("0");
  });

  it.each([
    ["its base", true],
    ["an earlier save that was killed", false],
  ])("that loses a pack of %s meanwhile sends everything", async (_, hasBase) => {
    const files = someFiles();
    write("a", files);
    if (hasBase) await bed.save("a", "k");
    write("a", { more: "more" });
    let refusals = 0;
    class Refusing extends RegistryClient {
      override putManifest(...given: Parameters<RegistryClient["putManifest"]>) {
        if (refusals++ > 0) return super.putManifest(...given);
        const errors = [{ code: "MANIFEST_BLOB_UNKNOWN", message: "blob unknown" }];
        const error = { method: "PUT", url: "http://registry/manifest", status: 404, errors };
        return Promise.reject(new RegistryError(error));
      }
    }
    await using client = new Refusing({ credentials: anonymous });
    expect((await bed.save("a", "k", { client })).read.bytes).toBe(sizeOf(files) + 4);
    await bed.restore("b", "k");
    expect(describeFolder(inBed("b"))).toEqual(describeFolder(inBed("a")));
  });
});
