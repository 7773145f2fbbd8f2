import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { bundleRegistry } from "../../test/support/registry-process.ts";
import { canMount, ext4, type SmallDisk, tmpfs } from "../../test/support/small-disks.ts";
import { digestOf } from "../oci/digest.ts";
import { mediaTypes } from "../oci/media-types.ts";
import { collectRoot } from "./collection/collect-root.ts";
import { type RegistryOptions, type RunningRegistry, startRegistry } from "./start.ts";
import { openReserve } from "./root/reserve.ts";
import { openStore, type Store } from "./store/store.ts";

const patient = { timeout: 20_000 };
const noSpace = {
  errors: [
    {
      code: "UNKNOWN",
      message: expect.stringMatching(/^no space left on the registry's disk: delete/) as unknown,
    },
  ],
};

describe.runIf(canMount)("on a disk of 2 MiB", () => {
  let disk: SmallDisk;
  let root = "";
  let registry: RunningRegistry;

  beforeEach(async () => {
    disk = await tmpfs(2);
    root = disk.path;
    registry = await startRegistry({ root });
  });
  afterEach(async () => {
    await registry.close();
    await disk[Symbol.asyncDispose]();
  });

  function push(content: Uint8Array): Promise<Response> {
    const path = `/v2/app/blobs/uploads/?digest=${digestOf(content)}`;
    return fetch(`${registry.url}${path}`, { method: "POST", body: content });
  }

  async function fill(): Promise<Buffer[]> {
    const kept: Buffer[] = [];
    for (;;) {
      const content = randomBytes(50_000);
      const response = await push(content);
      if (response.status !== 201) {
        expect([response.status, await response.json()]).toEqual([507, noSpace]);
        return kept;
      }
      kept.push(content);
    }
  }

  test("a large blob is refused with 507 and leaves nothing behind, and smaller ones are accepted", async () => {
    const free = (await statfs(root)).bfree;
    const response = await push(randomBytes(5 << 20));
    expect([response.status, await response.json()]).toEqual([507, noSpace]);
    expect(await readdir(join(root, "uploads"))).toEqual([]);
    expect((await statfs(root)).bfree).toBe(free);
    expect((await push(randomBytes(100_000))).status).toBe(201);
  });

  test("a chunk that does not fit ends its upload and frees the space", async () => {
    const begun = await fetch(`${registry.url}/v2/app/blobs/uploads/`, { method: "POST" });
    const location = `${registry.url}${begun.headers.get("location") ?? ""}`;
    const first = await fetch(location, { method: "PATCH", body: randomBytes(1 << 20) });
    expect(first.status).toBe(202);
    const second = await fetch(location, { method: "PATCH", body: randomBytes(3 << 20) });
    expect([second.status, await second.json()]).toEqual([507, noSpace]);
    expect((await fetch(location)).status).toBe(404);
    expect(await readdir(join(root, "uploads"))).toEqual([]);
    expect((await push(randomBytes(1 << 20))).status).toBe(201);
  });

  test("a manifest that does not fit leaves its tag unchanged, and everything is still served", async () => {
    const config = Buffer.from("{}");
    await push(config);
    const image = (id: string): string =>
      JSON.stringify({
        schemaVersion: 2,
        mediaType: mediaTypes.ociManifest,
        config: { mediaType: mediaTypes.ociConfig, digest: digestOf(config), size: 2 },
        layers: [],
        annotations: { id },
      });
    const put = (bytes: string): Promise<Response> =>
      fetch(`${registry.url}/v2/app/manifests/latest`, { method: "PUT", body: bytes });
    expect((await put(image("first"))).status).toBe(201);
    const kept = await fill();
    const refused = await put(image("x".repeat(60_000)));
    expect([refused.status, await refused.json()]).toEqual([507, noSpace]);
    const tagged = await fetch(`${registry.url}/v2/app/manifests/latest`);
    expect(await tagged.text()).toBe(image("first"));
    expect(kept.length).toBeGreaterThan(20);
    for (const content of kept) {
      const got = await fetch(`${registry.url}/v2/app/blobs/${digestOf(content)}`);
      expect(digestOf(new Uint8Array(await got.arrayBuffer()))).toBe(digestOf(content));
    }
    expect(await readdir(join(root, "uploads"))).toEqual([]);
  });

  test("content can be deleted from a full disk, and that makes room", async () => {
    const kept: Buffer[] = [];
    let status = 201;
    while (status === 201) {
      const content = randomBytes(200_000);
      ({ status } = await push(content));
      if (status === 201) kept.push(content);
    }
    expect([status, kept.length > 3]).toEqual([507, true]);
    const [first = Buffer.alloc(0), ...rest] = kept;
    const path = `/v2/app/blobs/${digestOf(first)}`;
    const removed = await fetch(`${registry.url}${path}`, { method: "DELETE" });
    expect([removed.status, (await fetch(`${registry.url}${path}`)).status]).toEqual([202, 404]);
    await expect.poll(async () => (await push(first)).status).toBe(201);
    for (const content of [...rest, first]) {
      const got = await fetch(`${registry.url}/v2/app/blobs/${digestOf(content)}`);
      expect(digestOf(new Uint8Array(await got.arrayBuffer()))).toBe(digestOf(content));
    }
  });
});

// tmpfs frees blocks at once; ext4 only with its next transaction.
describe.runIf(canMount).each([
  ["tmpfs", (): Promise<SmallDisk> => tmpfs(8)],
  ["ext4", (): Promise<SmallDisk> => ext4(16)],
])("a full disk (%s)", (_, mount) => {
  let disk: SmallDisk;
  let root = "";
  let warnings: string[] = [];
  let registry: RunningRegistry | undefined;
  let url = "";

  beforeEach(async () => {
    disk = await mount();
    root = join(disk.path, "registry");
    warnings = [];
    await start();
  });
  afterEach(async () => {
    await registry?.close();
    await disk[Symbol.asyncDispose]();
  });

  async function start(options: Partial<RegistryOptions> = {}): Promise<void> {
    registry = await startRegistry({ root, onWarning: (line) => warnings.push(line), ...options });
    ({ url } = registry);
  }

  async function close(): Promise<void> {
    await registry?.close();
    registry = undefined;
  }

  async function push(content: Uint8Array): Promise<number> {
    const path = `/v2/app/blobs/uploads/?digest=${digestOf(content)}`;
    return (await fetch(`${url}${path}`, { method: "POST", body: content })).status;
  }

  const remove = async (path: string): Promise<number> =>
    (await fetch(`${url}/v2/app/${path}`, { method: "DELETE" })).status;
  const blobPath = (content: Uint8Array): string => `blobs/${digestOf(content)}`;

  async function pushUntilFull(size: number, most = Infinity): Promise<Buffer[]> {
    const kept: Buffer[] = [];
    while (kept.length < most) {
      const content = randomBytes(size);
      const status = await push(content);
      if (status !== 201) {
        expect(status).toBe(507);
        break;
      }
      kept.push(content);
    }
    return kept;
  }

  /**
   * Fills the disk to the last byte of the last block, so that not even the record of a removal
   * fits.
   */
  async function fill(): Promise<{ large: Buffer[]; small: Buffer[]; tiny: Buffer[] }> {
    const small = await pushUntilFull(50_000, 40);
    const large = await pushUntilFull(300_000);
    small.push(...(await pushUntilFull(30_000)));
    disk.fill();
    const tiny = await pushUntilFull(10);
    expect([small.length >= 40, large.length > 10]).toEqual([true, true]);
    return { large, small, tiny };
  }

  /** The last block may have a few bytes left for the first records. */
  async function untagUntilFull(): Promise<void> {
    for (const tag of tags.slice(2)) {
      if (warnings.length > 0) break;
      expect(await remove(`manifests/${tag}`)).toBe(202);
    }
    expect(said()).toEqual([full]);
  }

  async function expectServed(contents: readonly Buffer[]): Promise<void> {
    for (const content of contents) {
      const got = await fetch(`${url}/v2/app/${blobPath(content)}`);
      expect(Buffer.from(await got.arrayBuffer()).equals(content)).toBe(true);
    }
  }

  async function pushImage(): Promise<string> {
    const config = Buffer.from("{}");
    expect(await push(config)).toBe(201);
    const bytes = JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: { mediaType: mediaTypes.ociConfig, digest: digestOf(config), size: 2 },
      layers: [],
    });
    for (const tag of tags) {
      const put = await fetch(`${url}/v2/app/manifests/${tag}`, { method: "PUT", body: bytes });
      expect(put.status).toBe(201);
    }
    return digestOf(bytes);
  }

  const tags = ["one", "two", ...Array.from({ length: 20 }, (_, i) => `t${i}`)];
  const full =
    "the disk that contains ROOT is full. Pushes will be refused until there is free space again: delete images, or run a garbage collection";
  const free = "the disk that contains ROOT has free space again. Pushes are accepted again";
  const said = (): string[] => warnings.map((line) => line.replace(root, "ROOT"));

  test("accepts deletions of tags, manifests and blobs of any size, and pushes again once there is space", async () => {
    const manifest = await pushImage();
    const { large, small, tiny } = await fill();
    const [small0 = Buffer.alloc(0), ...smaller] = small;
    const [large0 = Buffer.alloc(0), ...larger] = large;
    await untagUntilFull();
    expect([await push(randomBytes(10)), said()]).toEqual([507, [full]]);
    expect(await remove("manifests/one")).toBe(202);
    expect(await remove(`manifests/${manifest}`)).toBe(202);
    expect(await remove(blobPath(small0))).toBe(202);
    for (const path of ["manifests/two", `manifests/${manifest}`, blobPath(small0)]) {
      expect((await fetch(`${url}/v2/app/${path}`)).status).toBe(404);
    }
    expect(await remove(blobPath(large0))).toBe(202);
    for (const content of larger.slice(0, 5)) expect(await remove(blobPath(content))).toBe(202);
    await expect.poll(() => push(randomBytes(300_000)), patient).toBe(201);
    expect(said().slice(0, 2)).toEqual([full, free]);
    await expectServed([...smaller, ...larger.slice(5), ...tiny]);
    await close();
    await start();
    await expectServed([...smaller, ...larger.slice(5), ...tiny]);
  });

  test("accepts nothing, while it is full, that uses the space needed for deletions", async () => {
    await pushImage();
    const { large, small } = await fill();
    const begun = await fetch(`${url}/v2/app/blobs/uploads/`, { method: "POST" });
    expect(begun.status).toBe(202);
    const location = `${url}${begun.headers.get("location") ?? ""}`;
    await untagUntilFull();
    const image = await (await fetch(`${url}/v2/app/manifests/two`)).text();
    const mount = `other/blobs/uploads/?mount=${digestOf(small.at(-1) ?? "")}&from=app`;
    const refused = [
      await fetch(location, { method: "PATCH", body: randomBytes(1 << 20) }),
      await fetch(`${url}/v2/app/blobs/uploads/`, { method: "POST" }),
      await fetch(`${url}/v2/app/manifests/three`, { method: "PUT", body: image }),
      await fetch(`${url}/v2/${mount}`, { method: "POST" }),
    ];
    for (const response of refused) {
      expect([response.status, await response.json()]).toEqual([507, noSpace]);
    }
    expect(await readdir(join(root, "uploads"))).toEqual([]);
    for (const content of large) expect(await remove(blobPath(content))).toBe(202);
    await expect.poll(() => push(randomBytes(10)), patient).toBe(201);
    expect((await readdir(root)).includes("reserve")).toBe(true);
  });

  test("is emptied by a collection, automatic or by hand", async () => {
    const collection = { policy: "untagged", graceMs: 0, leaseMs: 0 } as const;
    for (const byHand of [false, true]) {
      await pushImage();
      await fill();
      if (byHand) {
        await close();
        const options = { ...collection, root, dryRun: false, now: Date.now };
        expect((await collectRoot(options)).collected).toHaveLength(1);
        await start();
      } else {
        expect(await registry?.collect(collection)).toHaveLength(1);
      }
      disk.drain();
      const { blocks, bsize } = await statfs(root);
      const left = async (): Promise<number> => (await statfs(root)).bfree / blocks;
      await expect.poll(left, patient).toBeGreaterThan(0.8);
      await expect.poll(() => push(randomBytes((blocks * bsize) / 4)), patient).toBe(201);
      expect((await fetch(`${url}/v2/app/manifests/two`)).status).toBe(200);
    }
  });

  test("reclaims the space of small blobs from segments that are still partly in use", async () => {
    const { large, small, tiny } = await fill();
    const gone = small.filter((_, i) => i % 4 > 0);
    for (const content of gone) expect(await remove(blobPath(content))).toBe(202);
    await expect.poll(() => push(randomBytes(800_000)), patient).toBe(201);
    const kept = [...small.filter((_, i) => i % 4 === 0), ...large, ...tiny];
    await expectServed(kept);
    await close();
    await start();
    await expectServed(kept);
  });

  test("does not keep a registry from starting, nor its contents from being served and deleted", async () => {
    const { large, small, tiny } = await fill();
    await close();
    disk.fill();
    await start();
    await expectServed([...large, ...small, ...tiny]);
    expect(await push(randomBytes(10))).toBe(507);
    for (const content of large) expect(await remove(blobPath(content))).toBe(202);
    await expect.poll(() => push(randomBytes(300_000)), patient).toBe(201);
    await expectServed([...small, ...tiny]);
  });

  test("does not keep a killed registry from starting", async () => {
    await close();
    await using bundle = await bundleRegistry();
    let served = await bundle.start(root);
    try {
      ({ url } = served);
      const { large, small, tiny } = await fill();
      expect(await remove(blobPath(small[0] ?? Buffer.alloc(0)))).toBe(202);
      await served.kill();
      disk.fill();
      served = await bundle.start(root);
      ({ url } = served);
      await expectServed([...large, ...small.slice(1), ...tiny]);
      await served.kill();
      served = await bundle.start(root);
      ({ url } = served);
      for (const content of large) await remove(blobPath(content));
      disk.drain();
      await expect.poll(() => push(randomBytes(300_000)), patient).toBe(201);
      await expectServed([...small.slice(1), ...tiny]);
    } finally {
      await served.kill();
    }
  });

  test("is served without a reserve too, and uses space that is freed elsewhere at once", async () => {
    const { large, small, tiny } = await fill();
    await close();
    await rm(join(root, "reserve"));
    disk.fill();
    await start();
    expect(said().at(-1)).toBe(full);
    await expectServed([...large, ...small, ...tiny]);
    expect(await push(randomBytes(10))).toBe(507);
    disk.drain();
    for (const content of large.slice(0, 8)) await remove(blobPath(content));
    await expect.poll(() => push(randomBytes(300_000)), patient).toBe(201);
    expect((await readdir(root)).includes("reserve")).toBe(true);
  });
});

describe.runIf(canMount)("the reserve", () => {
  const open = async (root: string, warnings: string[] = []): Promise<Store> => {
    const onWarning = (line: string): void => void warnings.push(line);
    const reserve = await openReserve(root, onWarning);
    return openStore(root, Date.now, { reserve, onWarning });
  };

  test("is a hundredth of a small disk, private, and created again if it is deleted", async () => {
    await using disk = await tmpfs(64);
    const file = join(disk.path, "reserve");
    let store = await open(disk.path);
    const { size, blocks, mode } = await stat(file);
    expect([size, mode & 0o777]).toEqual([Math.floor((64 << 20) / 100), 0o600]);
    expect(blocks * 512).toBeGreaterThanOrEqual(size);
    await rm(file);
    await store.tend();
    expect((await stat(file)).size).toBe(size);
    await store.close();
    await rm(file);
    store = await open(disk.path);
    const { ino } = await stat(file);
    await store.close();
    await (await open(disk.path)).close();
    expect((await stat(file)).ino).toBe(ino);
    expect(await readdir(join(disk.path, "uploads"))).toEqual([]);
  });

  test("is 32 MiB on a large disk, and at least 64 KiB", async () => {
    for (const [mebibytes, bytes] of [
      [2, 64 << 10],
      [8_000, 32 << 20],
    ] as const) {
      await using disk = await tmpfs(mebibytes);
      await (await open(disk.path)).close();
      expect((await stat(join(disk.path, "reserve"))).size).toBe(bytes);
    }
  });

  test("is not created by a read-only registry", async () => {
    await using disk = await tmpfs(16);
    await (await startRegistry({ root: disk.path })).close();
    await rm(join(disk.path, "reserve"));
    await (await startRegistry({ root: disk.path, readOnly: true })).close();
    const options = { root: disk.path, dryRun: true, graceMs: 0, now: Date.now };
    await collectRoot({ ...options, policy: "untagged" });
    expect((await readdir(disk.path)).includes("reserve")).toBe(false);
  });

  test("does not destroy a foreign file of that name", async () => {
    await using disk = await tmpfs(16);
    const file = join(disk.path, "reserve");
    await (await open(disk.path)).close();
    await writeFile(file, "somebody's");
    const warnings: string[] = [];
    await (await open(disk.path, warnings)).close();
    const moved = join(disk.path, "set-aside/reserve");
    expect([await readFile(moved, "utf8"), warnings]).toEqual([
      "somebody's",
      [`${file} does not belong to the registry, so it was moved to ${moved}`],
    ]);
    expect((await stat(file)).size).toBeGreaterThan(64 << 10);
  });

  test("is recognized in a root whose marker is missing", async () => {
    await using disk = await tmpfs(16);
    await (await open(disk.path)).close();
    await rm(join(disk.path, "layerkeep-registry.json"));
    const warnings: string[] = [];
    await (await open(disk.path, warnings)).close();
    expect(warnings).toEqual([]);
  });

  test("is freed for a start that needs it; without it, only reads are served", async () => {
    await using disk = await ext4(16);
    const content = randomBytes(100_000);
    const path = `/v2/app/blobs/${digestOf(content)}`;
    const root = join(disk.path, "registry");
    {
      await using registry = await startRegistry({ root });
      const upload = `${registry.url}/v2/app/blobs/uploads/?digest=${digestOf(content)}`;
      expect((await fetch(upload, { method: "POST", body: content })).status).toBe(201);
    }
    // It has to be set aside, which creates folders.
    await writeFile(join(root, "uploads/notes.txt"), "");
    disk.fill();
    await (await startRegistry({ root })).close();
    expect(await readdir(join(root, "set-aside/uploads"))).toEqual(["notes.txt"]);
    expect((await readdir(root)).includes("reserve")).toBe(false);
    await mkdir(join(root, "journal/else"));
    disk.fill();
    const warnings: string[] = [];
    await using registry = await startRegistry({ root, onWarning: (line) => warnings.push(line) });
    expect(warnings.at(-1)).toMatch(/^no space left .*\. The registry is read-only until /);
    const got = await fetch(`${registry.url}${path}`);
    expect(Buffer.from(await got.arrayBuffer()).equals(content)).toBe(true);
    const refused = await fetch(`${registry.url}${path}`, { method: "DELETE" });
    expect(refused.status).toBe(405);
  });

  test("that could not be created is reported by a start on a full disk", async () => {
    await using disk = await tmpfs(16);
    disk.fill();
    const root = join(disk.path, "registry");
    await expect(startRegistry({ root })).rejects.toThrow(
      `no space left on the disk that contains ${root}, and the registry's reserve is used up`,
    );
  });
});
