import { randomBytes, randomInt } from "node:crypto";
import {
  appendFile,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  truncate,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Digest, digestOf, hexOf } from "../../oci/digest.ts";
import { parseManifest } from "../../oci/manifest.ts";
import { mediaTypes } from "../../oci/media-types.ts";
import { anonymous } from "../../registry/auth/credentials.ts";
import { RegistryClient } from "../../registry/client.ts";
import { lockRoot } from "../root/lock.ts";
import { startRegistry } from "../start.ts";
import { Folders } from "../root/folders.ts";
import { Journal } from "../store/journal/journal.ts";
import { openStore, type Store } from "../store/store.ts";
import { checkRoot, type RootCheck } from "./check-root.ts";
import { refetchFrom } from "./refetch.ts";
import { pushTo } from "../../../test/support/stores.ts";

let scratch = "";
let root = "";
let warnings: string[] = [];

beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), "layerkeep-check-"));
  root = join(scratch, "registry");
  warnings = [];
});
afterEach(() => rm(scratch, { recursive: true, force: true }));

const onWarning = (line: string): void => void warnings.push(line);
const base = { now: Date.now, onWarning };
const check = (): Promise<RootCheck> => checkRoot({ ...base, root, repair: false });
const repair = (): Promise<RootCheck> => checkRoot({ ...base, root, repair: true });
const sound = { journal: [], contents: [] };

interface Image {
  readonly config: Digest;
  readonly layer: Digest;
  readonly manifest: Digest;
  readonly layerBytes: Buffer;
  readonly manifestBytes: Buffer;
}

/** An image with a large layer and a small config, under a tag. */
async function pushImage(store: Store, name: string, tag: string): Promise<Image> {
  const layerBytes = randomBytes(100_000);
  const configBytes = Buffer.from(JSON.stringify({ tag, seed: randomInt(2 ** 40) }));
  const [layer, config] = [
    await pushTo(store, layerBytes, name),
    await pushTo(store, configBytes, name),
  ];
  const content = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: { mediaType: mediaTypes.ociConfig, digest: config, size: configBytes.length },
    layers: [{ mediaType: mediaTypes.ociLayerGzip, digest: layer, size: layerBytes.length }],
  };
  const manifestBytes = Buffer.from(JSON.stringify(content));
  const manifest = digestOf(manifestBytes);
  const parsed = parseManifest(manifestBytes);
  const { mediaType } = parsed;
  await store.putManifest(
    name,
    { digest: manifest, bytes: manifestBytes, mediaType, content: parsed, tag },
    () => undefined,
  );
  return { config, layer, manifest, layerBytes, manifestBytes };
}

/** Three images, each in its own segment. */
async function fill(): Promise<readonly [Image, Image, Image]> {
  const store = await openStore(root, Date.now, { segmentBytes: 600, leastDeadBytes: 1 << 30 });
  try {
    return [
      await pushImage(store, "app", "v1"),
      await pushImage(store, "app", "v2"),
      await pushImage(store, "other", "v1"),
    ];
  } finally {
    await store.close();
  }
}

const blobPath = (digest: Digest): string => join(root, "blobs/sha256", hexOf(digest));
const segment = (number: number): string => join(root, "journal", String(number).padStart(10, "0"));

/** The tags that can be pulled completely. */
async function pullable(): Promise<string[]> {
  const store = await openStore(root, Date.now, { onWarning });
  try {
    const found: string[] = [];
    for (const name of store.repositories()) {
      for (const tag of store.manifests.tags(name)) {
        const digest = store.manifests.resolve(name, tag);
        const manifest = digest && store.manifests.find(name, digest);
        if (manifest === undefined || digestOf(manifest.bytes) !== digest) continue;
        const { config, layers } = JSON.parse(Buffer.from(manifest.bytes).toString()) as {
          config: { digest: Digest };
          layers: { digest: Digest }[];
        };
        const blobs = [config, ...layers].map((part) => store.blobs.find(name, part.digest));
        const whole = blobs.map(async (blob) => {
          if (blob === undefined) return false;
          const source = store.blobs.read(blob);
          const bytes = typeof source === "string" ? await readFile(source) : source;
          return digestOf(bytes) === blob.digest;
        });
        if ((await Promise.all(whole)).every(Boolean)) found.push(`${name}:${tag}`);
      }
    }
    return found;
  } finally {
    await store.close();
  }
}

const all = ["app:v1", "app:v2", "other:v1"];

/** All files below the root with their contents and times, to compare. */
async function snapshot(): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const lines = entries.map(async (entry) => {
    const path = join(entry.parentPath, entry.name);
    const content = entry.isFile() ? digestOf(await readFile(path)) : "";
    return `${path} ${(await stat(path)).mtimeMs} ${content}`;
  });
  return (await Promise.all(lines)).sort();
}

test("a sound registry is reported as such, and nothing is written", async () => {
  await fill();
  const before = await snapshot();
  expect(await check()).toMatchObject({
    ...sound,
    repositories: 2,
    checked: { contents: 9 },
  });
  expect(await snapshot()).toEqual(before);
  expect(await repair()).toMatchObject(sound);
  expect(await pullable()).toEqual(all);
});

test("a registry that is in use is refused", async () => {
  await fill();
  const lock = await lockRoot(root);
  await expect(check()).rejects.toMatchObject({ code: "usage", hint: "stop that registry first" });
  await expect(repair()).rejects.toMatchObject({ code: "usage", hint: "stop that registry first" });
  await lock.release();
});

describe("a blob's file", () => {
  const damages: readonly (readonly [string, (path: string) => Promise<unknown>, RegExp])[] = [
    ["is missing", (path) => rm(path), /^its file is damaged: it is missing$/],
    [
      "is cut short",
      (path) => truncate(path, 10),
      /^its file is damaged: it is 10 bytes instead of 100000$/,
    ],
    [
      "has other bytes of the same length",
      (path) => writeFile(path, randomBytes(100_000)),
      /^its file is damaged: its digest is sha256:/,
    ],
  ];

  test.each(damages)(
    "that %s is reported with the tags that lead to it",
    async (_, damage, why) => {
      const [image] = await fill();
      await damage(blobPath(image.layer));
      const before = await snapshot();
      const problem = {
        repository: "app",
        kind: "blob",
        digest: image.layer,
        tags: ["v1"],
        why: expect.stringMatching(why) as string,
        isUnlinked: false,
        copy: undefined,
      };
      expect(await check()).toMatchObject({ journal: [], contents: [problem] });
      expect(await snapshot()).toEqual(before);
      expect((await repair()).contents).toEqual([{ ...problem, outcome: "removed" }]);
      expect(await pullable()).toEqual(["app:v2", "other:v1"]);
      const store = await openStore(root);
      await pushTo(store, image.layerBytes);
      await store.close();
      expect(await check()).toMatchObject(sound);
      expect(await pullable()).toEqual(all);
    },
  );

  test("that was set aside is put back", async () => {
    const [image] = await fill();
    const aside = join(root, "set-aside/blobs/sha256", hexOf(image.layer));
    await mkdir(dirname(aside), { recursive: true });
    await rename(blobPath(image.layer), aside);
    await writeFile(blobPath(image.layer), "something else");
    expect((await repair()).contents).toMatchObject([{ outcome: "put back" }]);
    expect(await check()).toMatchObject(sound);
    expect(await pullable()).toEqual(all);
  });
});

describe("with another registry that has the same images", () => {
  let copy = "";
  let client: RegistryClient;
  beforeEach(() => {
    copy = join(scratch, "copy");
    client = new RegistryClient({ credentials: anonymous });
  });
  afterEach(() => client[Symbol.asyncDispose]());

  async function repairFrom(from: string): Promise<RootCheck> {
    return checkRoot({ ...base, root, repair: true, refetch: refetchFrom({ client, from }) });
  }

  test("lost blobs, manifests and records of them are fetched", async () => {
    const images = await fill();
    await cp(root, copy, { recursive: true });
    const [first, second, third] = images;
    await rm(blobPath(first.layer));
    await writeFile(blobPath(second.layer), randomBytes(100_000));
    // The contents of a config and a manifest.
    for (const name of await readdir(join(root, "journal"))) {
      const path = join(root, "journal", name);
      const bytes = await readFile(path);
      for (const image of [third]) {
        const at = bytes.indexOf(image.manifestBytes);
        if (at >= 0) bytes.fill(0x20, at + 30, at + 90);
      }
      await writeFile(path, bytes);
    }
    await using source = await startRegistry({ root: copy });
    const { journal, contents } = await repairFrom(source.host);
    expect(journal.map(({ why }) => why)).toEqual(["contents are damaged"]);
    expect(contents.map(({ digest, kind, outcome }) => [digest, kind, outcome])).toEqual([
      [first.layer, "blob", "fetched"],
      [second.layer, "blob", "fetched"],
      [third.manifest, "manifest", "fetched"],
    ]);
    expect(await check()).toMatchObject(sound);
    expect(await pullable()).toEqual(all);
  });

  test("the contents of a missing segment are fetched if others refer to them", async () => {
    await fill();
    await cp(root, copy, { recursive: true });
    const lost = await segmentWith("blob");
    await rm(segment(lost));
    await using source = await startRegistry({ root: copy });
    const { journal, contents } = await repairFrom(source.host);
    expect(journal).toMatchObject([{ path: segment(lost), why: "it is missing" }]);
    expect(contents.every(({ outcome }) => outcome === "fetched")).toBe(true);
    expect(await check()).toMatchObject(sound);
  });

  test("nothing is removed if the other registry does not answer", async () => {
    const [image] = await fill();
    await cp(root, copy, { recursive: true });
    await rm(blobPath(image.layer));
    const source = await startRegistry({ root: copy });
    await source.close();
    expect((await repairFrom(source.host)).contents).toMatchObject([{ outcome: "still missing" }]);
    expect(warnings).toEqual([expect.stringMatching(/^sha256:.* could not be fetched: /)]);
    expect((await check()).contents).toMatchObject([{ digest: image.layer }]);
  });

  test("content that it does not have either is removed, so that it can be pushed again", async () => {
    const [image] = await fill();
    await rm(blobPath(image.layer));
    await using source = await startRegistry({ root: copy });
    expect((await repairFrom(source.host)).contents).toMatchObject([{ outcome: "removed" }]);
  });

  test("an invalid host is refused", () => {
    expect(() => refetchFrom({ client, from: "acme/app" })).toThrow(
      '"acme" is not a registry host',
    );
  });

  /** The first segment, other than the newest, with such a record. */
  async function segmentWith(kind: string): Promise<number> {
    const names = (await readdir(join(root, "journal"))).sort();
    expect([kind, names.length > 3]).toEqual(["blob", true]);
    return Number(names[1]);
  }
});

describe("a journal", () => {
  const numbers = async (): Promise<number[]> =>
    (await readdir(join(root, "journal"))).sort().map(Number);

  async function repaired(): Promise<RootCheck> {
    const before = await snapshot();
    const found = await check();
    expect(found.journal.length).toBeGreaterThan(0);
    expect(await snapshot()).toEqual(before);
    const { journal } = await repair();
    expect(journal).toEqual(found.journal);
    expect((await check()).journal).toEqual([]);
    return found;
  }

  test("with one wrong bit anywhere is corrected, and nothing is lost", async () => {
    await fill();
    const whole = await mkdtemp(join(tmpdir(), "layerkeep-whole-"));
    await cp(root, whole, { recursive: true });
    for (let run = 0; run < 12; run++) {
      const [number = 1] = [(await numbers())[randomInt((await numbers()).length)]];
      const bytes = await readFile(segment(number));
      const at = randomInt(bytes.length);
      bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << randomInt(8)), at);
      await writeFile(segment(number), bytes);
      const found = await check();
      expect(found).toMatchObject({ journal: [{ isHarmless: true }], contents: [] });
      await repair();
      expect(await check()).toMatchObject(sound);
      expect(await pullable()).toEqual(all);
      await rm(root, { recursive: true });
      await cp(whole, root, { recursive: true });
    }
    await rm(whole, { recursive: true });
  }, 120_000);

  test("whatever is overwritten, the repaired registry starts and keeps all other segments", async () => {
    await fill();
    const whole = await mkdtemp(join(tmpdir(), "layerkeep-whole-"));
    await cp(root, whole, { recursive: true });
    for (let run = 0; run < 12; run++) {
      const existing = await numbers();
      const number = existing[randomInt(existing.length)] ?? 1;
      const bytes = await readFile(segment(number));
      const at = randomInt(bytes.length);
      randomBytes(Math.min(randomInt(1, 400), bytes.length - at)).copy(bytes, at);
      await writeFile(segment(number), bytes);
      await repair();
      // Content that a manifest refers to and that is lost for good is still reported.
      expect((await check()).journal).toEqual([]);
      const tags = await pullable();
      expect(all).toEqual(expect.arrayContaining(tags));
      await rm(root, { recursive: true });
      await cp(whole, root, { recursive: true });
    }
    await rm(whole, { recursive: true });
  }, 120_000);

  test("continues without a segment whose file is missing", async () => {
    await fill();
    const [, lost = 2] = await numbers();
    await rm(segment(lost));
    const { journal } = await repaired();
    expect(journal).toMatchObject([{ path: segment(lost), why: "it is missing" }]);
  });

  test("without its last segment continues with a new one", async () => {
    await fill();
    const last = (await numbers()).at(-1) ?? 1;
    await rm(segment(last));
    const { journal } = await repaired();
    expect(journal).toMatchObject([{ path: segment(last), why: "it is missing" }]);
    expect((await numbers()).at(-1)).toBeGreaterThan(last);
  });

  test("with two swapped segments gets them back in place, and nothing is lost", async () => {
    await fill();
    await rename(segment(2), join(scratch, "two"));
    await rename(segment(3), segment(2));
    await rename(join(scratch, "two"), segment(3));
    const found = await repaired();
    expect(found).toMatchObject({
      journal: [
        { path: segment(3), why: `it should be at ${segment(2)}`, isHarmless: true },
        { path: segment(2), why: `it should be at ${segment(3)}`, isHarmless: true },
      ],
      contents: [],
    });
    expect(await pullable()).toEqual(all);
  });

  test("sets aside a segment of another journal", async () => {
    await fill();
    const own = await readFile(segment(2));
    await cp(root, join(scratch, "first"), { recursive: true });
    await rm(root, { recursive: true });
    await fill();
    await writeFile(segment(2), own);
    const { journal } = await repaired();
    expect(journal.map(({ why }) => why)).toEqual([
      "it does not belong to this journal",
      "it is missing",
    ]);
    expect(await readFile(join(root, "set-aside/journal/0000000002"))).toEqual(own);
  });

  test("continues after losing the end of a segment", async () => {
    await fill();
    const { size } = await stat(segment(2));
    await truncate(segment(2), size - 40);
    const { journal } = await repaired();
    expect(journal.map(({ path }) => path)).toContain(segment(2));
  });

  /** As a registry with default settings leaves it: with reserved space after the last record. */
  async function goOnByDefault(): Promise<void> {
    const store = await openStore(root, Date.now, { leastDeadBytes: 1 << 30 });
    await pushImage(store, "app", "v3");
    await store.close();
  }

  async function swap(one: string, other: string): Promise<void> {
    await rename(one, join(scratch, "swapped"));
    await rename(other, one);
    await rename(join(scratch, "swapped"), other);
  }

  test("with a whole last segment is repaired before that segment", async () => {
    await fill();
    await goOnByDefault();
    const bytes = await readFile(segment(2));
    bytes.writeUInt8(bytes.readUInt8(100) ^ 1, 100);
    await writeFile(segment(2), bytes);
    expect((await repair()).journal).toMatchObject([{ why: "one bit is wrong" }]);
    expect(await pullable()).toEqual(["app:v1", "app:v2", "app:v3", "other:v1"]);
  });

  test.each([0, 4, 21, 25, 30])(
    "of one segment is corrected if byte %i of its head is wrong",
    async (at) => {
      await goOnByDefault();
      const bytes = await readFile(segment(1));
      bytes.writeUInt8(bytes.readUInt8(at) ^ 2, at);
      await writeFile(segment(1), bytes);
      expect((await repair()).journal).toMatchObject([
        { why: "one bit of its header is wrong", isHarmless: true },
      ]);
      expect(await pullable()).toEqual(["app:v3"]);
    },
  );

  test("of one segment is repaired without its head", async () => {
    await goOnByDefault();
    await writeFile(segment(1), (await readFile(segment(1))).fill(0, 0, 32));
    expect((await repair()).journal).toMatchObject([{ why: "its header is damaged" }]);
    expect(await pullable()).toEqual(["app:v3"]);
  });

  test("continues next to an unreadable file, and keeps that file", async () => {
    await goOnByDefault();
    await writeFile(segment(7), "not a segment LKf\n");
    const { journal } = await repaired();
    expect(journal).toMatchObject([
      { path: segment(7), why: "it cannot be read as part of the journal", isHarmless: false },
    ]);
    expect(await pullable()).toEqual(["app:v3"]);
    expect(await readFile(join(root, "set-aside/journal/0000000007"), "utf8")).toBe(
      "not a segment LKf\n",
    );
  });

  test.each([
    ["the last two", -2],
    ["the first and the last", 0],
  ])("with %s segments swapped gets them back in place", async (_, which) => {
    await fill();
    const all = await numbers();
    await swap(segment(all.at(which) ?? 0), segment(all.at(-1) ?? 0));
    expect((await repaired()).journal.every(({ isHarmless }) => isHarmless)).toBe(true);
    expect(await pullable()).toEqual(["app:v1", "app:v2", "other:v1"]);
  });

  test("with two swapped segments gets them back in place, even if a repair was interrupted", async () => {
    await fill();
    await swap(segment(2), segment(3));
    await rename(segment(2), `${segment(3)}.moving`);
    await repaired();
    expect(await pullable()).toEqual(all);
  });

  test("with a newer segment of another journal is still identified", async () => {
    await fill();
    const foreign = await readFile(segment((await numbers()).at(-1) ?? 0));
    await rm(root, { recursive: true });
    await fill();
    await writeFile(segment(99), foreign);
    expect((await repaired()).journal).toMatchObject([
      { path: segment(99), why: "it does not belong to this journal" },
    ]);
    expect(await pullable()).toEqual(all);
  });

  test("whose last segment but one lost a whole record is reported, and continues", async () => {
    await fill();
    const path = segment((await numbers()).at(-2) ?? 0);
    await truncate(path, (await stat(path)).size - 37);
    expect((await repaired()).journal).toMatchObject([
      { path, why: "it ends early: its last records are missing" },
    ]);
    expect(await pullable()).toEqual(all);
  });

  test("that was killed before a dropped segment was deleted is sound", async () => {
    await fill();
    const bytes = await readFile(segment(1));
    const folders = new Folders(join(root, "uploads"));
    const journal = new Journal(join(root, "journal"), folders, () => undefined);
    await journal.open();
    await journal.drop(1);
    await journal.close();
    await writeFile(segment(1), bytes);
    expect((await check()).journal).toEqual([]);
  });

  test("restores the file of a large blob whose record is lost", async () => {
    const store = await openStore(root, Date.now, { segmentBytes: 600, leastDeadBytes: 1 << 30 });
    const image = await pushImage(store, "app", "v1");
    await store.close();
    await rm(segment(1));
    const { contents } = await repair();
    expect(contents.map(({ digest, outcome }) => [digest, outcome])).toEqual([
      [image.config, "still missing"],
      [image.layer, "put back"],
    ]);
    const again = await openStore(root);
    expect(again.blobs.find("app", image.layer)).toMatchObject({ size: 100_000 });
    await again.close();
  });

  test("keeps a copy of every file that a repair replaces", async () => {
    await fill();
    const bytes = await readFile(segment(1));
    bytes.writeUInt8(bytes.readUInt8(60) ^ 1, 60);
    await writeFile(segment(1), bytes);
    await repair();
    const [copy = ""] = await readdir(join(root, "set-aside/journal"));
    expect(copy).toMatch(/^0000000001\.before-repair-\d+$/);
    expect(await readFile(join(root, "set-aside/journal", copy))).toEqual(bytes);
  });

  test("with bytes after its end in the last segment is sound", async () => {
    await fill();
    const last = (await numbers()).at(-1) ?? 1;
    await appendFile(segment(last), Buffer.alloc(300));
    expect(await check()).toMatchObject(sound);
  });
});
