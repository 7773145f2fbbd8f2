import { randomBytes } from "node:crypto";
import {
  cp,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { UsageError } from "../../errors.ts";
import { type Digest, digestOf, hexOf } from "../../oci/digest.ts";
import { startRegistry } from "../start.ts";
import { openStore, type Store } from "../store/store.ts";
import { pushTo } from "../../../test/support/stores.ts";

const marker = "layerkeep-registry.json";
const elsewhere =
  "choose a registry folder, an empty folder, or a folder that does not exist yet. Nothing was changed";
let scratch = "";
let root = "";
let warnings: string[] = [];

beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), "layerkeep-root-"));
  root = join(scratch, "registry");
  warnings = [];
});
afterEach(() => rm(scratch, { recursive: true, force: true }));

const open = (options: { readonly readOnly?: boolean } = {}): Promise<Store> =>
  openStore(root, Date.now, { ...options, onWarning: (line) => warnings.push(line) });

/** A registry with a large and a small blob. */
async function fill(): Promise<{ readonly large: Digest; readonly small: Digest }> {
  const store = await open();
  const large = await pushTo(store, randomBytes(100_000));
  const small = await pushTo(store, randomBytes(100));
  await store.close();
  return { large, small };
}

async function has(digest: Digest): Promise<boolean> {
  const store = await open();
  try {
    const found = store.blobs.find("app", digest);
    if (found === undefined) return false;
    const source = store.blobs.read(found);
    return digestOf(typeof source === "string" ? await readFile(source) : source) === digest;
  } finally {
    await store.close();
  }
}

/** All files below the root with their contents and times, to compare. */
async function snapshot(): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const lines = entries.map(async (entry) => {
    const path = join(entry.parentPath, entry.name);
    const content = entry.isFile() ? digestOf(await readFile(path)) : "";
    const { mtimeMs, mode } = await stat(path);
    return `${path} ${mode} ${mtimeMs} ${content}`;
  });
  return [...(await Promise.all(lines)), `${(await stat(root)).mtimeMs}`].sort();
}

async function refusal(work: () => Promise<unknown>): Promise<{ message: string; hint: unknown }> {
  const before = await snapshot();
  const error: unknown = await work().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof UsageError)) throw new Error(`not refused: ${String(error)}`);
  expect(await snapshot()).toEqual(before);
  return { message: error.message, hint: error.hint };
}

const ways = [
  ["opened", () => open()],
  ["opened read-only", () => open({ readOnly: true })],
  ["served", () => startRegistry({ root })],
  ["served read-only", () => startRegistry({ root, readOnly: true })],
] as const;

describe("a folder that does not belong to a registry", () => {
  const files: readonly (readonly [string, readonly string[], string])[] = [
    [
      "an OCI layout",
      ["oci-layout", "index.json", `blobs/sha256/${"a".repeat(64)}`],
      "index.json, oci-layout",
    ],
    ["a website's pictures", ["uploads/cat.png"], "uploads"],
    [
      "folders named like ours",
      ["uploads/cat.png", "blobs/sha256/x", "journal/x"],
      "blobs, journal, uploads",
    ],
    ["one file", ["notes.txt"], "notes.txt"],
    [
      "another journal",
      ["uploads/.keep", "blobs/.keep", "journal/0000000001"],
      "blobs, journal, uploads",
    ],
  ];
  for (const [what, paths, named] of files) {
    test.each(ways)(`${what} is refused when it is %s, and left unchanged`, async (_, way) => {
      for (const path of paths) {
        await mkdir(join(root, path, ".."), { recursive: true });
        await writeFile(join(root, path), "somebody's, and longer than the head of a journal");
      }
      expect(await refusal(way)).toEqual({
        message: `${root} is not empty and is not a registry folder: it contains ${named}`,
        hint: elsewhere,
      });
    });
  }

  test("an empty folder becomes a private registry folder, and so does a new disk", async () => {
    await mkdir(join(root, "lost+found"), { recursive: true });
    const { large } = await fill();
    expect(await readdir(root)).toEqual(["blobs", "journal", marker, "lost+found", "uploads"]);
    const modes = [
      marker,
      "journal",
      "journal/0000000001",
      "uploads",
      "blobs",
      "blobs/sha256",
      `blobs/sha256/${hexOf(large)}`,
    ].map(async (path) => ((await stat(join(root, path))).mode & 0o777).toString(8));
    expect(await Promise.all(modes)).toEqual(["600", "700", "600", "700", "700", "700", "600"]);
  });

  test("a folder whose files only look like ours is not empty", async () => {
    await mkdir(join(root, "lock-1"), { recursive: true });
    await writeFile(join(root, "new-photos.zip"), "");
    expect((await refusal(open)).message).toContain("it contains lock-1, new-photos.zip");
  });

  test("a folder that is created is private", async () => {
    await fill();
    expect((await stat(root)).mode & 0o777).toBe(0o700);
  });
});

describe("the marker", () => {
  test("is written once to a root of the previous version, which keeps its contents", async () => {
    const { large, small } = await fill();
    await rm(join(root, marker));
    expect([await has(large), await has(small), warnings]).toEqual([true, true, []]);
    const written = await stat(join(root, marker));
    await has(large);
    expect((await stat(join(root, marker))).mtimeMs).toBe(written.mtimeMs);
  });

  test("of a newer format is refused", async () => {
    await fill();
    await writeFile(join(root, marker), JSON.stringify({ kind: "layerkeep-registry", format: 2 }));
    expect(await refusal(open)).toEqual({
      message: `${root} was written by a newer version of Layerkeep`,
      hint: "upgrade Layerkeep, or use another folder",
    });
  });

  test.each(["", "{}", '{"kind":"layerkeep-registry","format":"1"}'])(
    "that says %j is refused",
    async (text) => {
      await fill();
      await writeFile(join(root, marker), text);
      expect((await refusal(open)).message).toBe(
        `${join(root, marker)} is not a registry marker file`,
      );
    },
  );
});

describe("a missing journal", () => {
  test.each(ways)(
    "is noticed when its root is %s, and works again once restored",
    async (_, way) => {
      const { large, small } = await fill();
      for (const unmarked of [false, true]) {
        if (unmarked) await rm(join(root, marker));
        await rename(join(root, "journal"), join(scratch, "moved"));
        const { message, hint } = await refusal(way);
        expect(message).toBe(
          `${join(root, "journal")} is missing, but ${join(root, "blobs")} contains the blobs of a registry`,
        );
        expect(hint).toContain("move the journal back");
        await mkdir(join(root, "journal"));
        expect((await refusal(way)).message).toContain("has no segments, but");
        await rm(join(root, "journal"), { recursive: true });
        await rename(join(scratch, "moved"), join(root, "journal"));
      }
      expect([await has(large), await has(small)]).toEqual([true, true]);
    },
  );

  test("a journal restored from an older backup loses no blob: they return with the right journal", async () => {
    await (await open()).close();
    await cp(join(root, "journal"), join(scratch, "old"), { recursive: true });
    const { large } = await fill();
    await rename(join(root, "journal"), join(scratch, "right"));
    await rename(join(scratch, "old"), join(root, "journal"));
    expect(await has(large)).toBe(false);
    const aside = `blobs/sha256/${hexOf(large)}`;
    expect(warnings).toEqual([
      `moved 1 file or folder (unknown or damaged) from the registry folder to ${join(root, "set-aside")}: ${aside}`,
    ]);
    expect(await readdir(join(root, "set-aside/blobs/sha256"))).toEqual([hexOf(large)]);
    await rm(join(root, "journal"), { recursive: true });
    await rename(join(scratch, "right"), join(root, "journal"));
    expect(await has(large)).toBe(true);
    expect(await readdir(join(root, "set-aside/blobs/sha256"))).toEqual([]);
  });

  test("a journal without its first part is refused", async () => {
    const store = await openStore(root, Date.now, { segmentBytes: 1_000 });
    await pushTo(store, randomBytes(900));
    await pushTo(store, randomBytes(900));
    await store.close();
    await rm(join(root, "journal/0000000001"));
    const { message, hint } = await refusal(open);
    expect(message).toBe(
      `the registry journal is incomplete: ${join(root, "journal/0000000001")} is missing`,
    );
    expect(hint).toContain("restore the complete folder");
  });
});

describe("a foreign file", () => {
  const foreign = [
    "uploads/cat.png",
    "uploads/album/dog.png",
    "blobs/notes.txt",
    "blobs/sha256/notes.txt",
    `blobs/sha256/${"a".repeat(64)}`,
    "journal/0000000001.bak",
  ];

  test("is set aside, reported and kept; files next to the registry's folders stay", async () => {
    const { large } = await fill();
    for (const path of [...foreign, "README"]) {
      await mkdir(join(root, path, ".."), { recursive: true });
      await writeFile(join(root, path), path);
    }
    expect(await has(large)).toBe(true);
    expect(warnings).toEqual([expect.stringMatching(/^moved 6 files or folders /) as unknown]);
    for (const path of foreign) {
      expect(warnings[0]).toContain(path.replace("/dog.png", ""));
      expect(await readFile(join(root, "set-aside", path), "utf8")).toBe(path);
    }
    expect(await readFile(join(root, "README"), "utf8")).toBe("README");
    await writeFile(join(root, "uploads/cat.png"), "another");
    await has(large);
    expect(await readFile(join(root, "set-aside/uploads/cat.png.1"), "utf8")).toBe("another");
  });

  test("stays in place if the root is only read", async () => {
    const { large } = await fill();
    for (const path of foreign) {
      await mkdir(join(root, path, ".."), { recursive: true });
      await writeFile(join(root, path), path);
    }
    await rm(join(root, marker));
    await rm(join(root, "uploads"), { recursive: true });
    await writeFile(join(root, marker), JSON.stringify({ kind: "layerkeep-registry", format: 1 }));
    const before = await snapshot();
    const store = await open({ readOnly: true });
    expect(store.blobs.find("app", large)?.size).toBe(100_000);
    await store.close();
    const registry = await startRegistry({ root, readOnly: true });
    expect((await fetch(`${registry.url}/v2/app/blobs/${large}`)).status).toBe(200);
    await registry.close();
    expect(await snapshot()).toEqual(before);
  });

  test.each(["journal", "blobs", "blobs/sha256", "uploads", "set-aside"])(
    "a link in place of %s is refused",
    async (folder) => {
      await fill();
      const target = join(scratch, "target");
      await mkdir(target);
      await writeFile(join(target, "precious"), "");
      await rm(join(root, folder), { recursive: true, force: true });
      await symlink(target, join(root, folder));
      expect(await refusal(open)).toEqual({
        message: `${join(root, folder)} is a link: the registry needs a real folder`,
        hint: `move all of ${root} to store the data elsewhere, or mount a disk at ${join(root, folder)}`,
      });
      expect(await readdir(target)).toEqual(["precious"]);
    },
  );
});

describe("a blob whose file is", () => {
  const content = randomBytes(100_000);
  const digest = digestOf(content);
  const path = (): string => join(root, "blobs/sha256", hexOf(digest));
  const damages: readonly (readonly [string, string, () => Promise<void>])[] = [
    ["truncated", "it is 10 bytes instead of 100000", () => truncate(path(), 10)],
    [
      "a link",
      "it is a link",
      async () => {
        await rename(path(), join(scratch, "secret"));
        await symlink(join(scratch, "secret"), path());
      },
    ],
  ];

  test.each(damages)("%s is not served, and a push repairs it", async (_, why, damage) => {
    await using registry = await startRegistry({
      root,
      onWarning: (line) => warnings.push(line),
    });
    const url = `${registry.url}/v2/app/blobs/${digest}`;
    const upload = `${registry.url}/v2/app/blobs/uploads/?digest=${digest}`;
    const pushed = async (): Promise<number> =>
      (await fetch(upload, { method: "POST", body: content })).status;
    expect(await pushed()).toBe(201);
    await damage();
    expect((await fetch(url, { method: "HEAD" })).status).toBe(404);
    expect((await fetch(url)).status).toBe(404);
    expect(await pushed()).toBe(201);
    const served = Buffer.from(await (await fetch(url)).arrayBuffer());
    expect(served.equals(content)).toBe(true);
    expect(warnings).toEqual([
      `the stored file of ${digest} is damaged: ${why}. Push the blob again to repair it`,
    ]);
  });

  test.each(damages)("%s is set aside at start, reported, and repaired", async (_, why, damage) => {
    let store = await open();
    await pushTo(store, content);
    await pushTo(store, content, "other");
    await store.close();
    await damage();
    store = await open();
    expect(store.blobs.find("app", digest)).toBe(undefined);
    expect(warnings[0]).toBe(
      `the stored file of ${digest} in app, other is damaged: ${why}. Push the blob again to repair it`,
    );
    expect(await readdir(join(root, "set-aside/blobs/sha256"))).toEqual([hexOf(digest)]);
    await pushTo(store, content);
    await store.close();
    expect(await has(digest)).toBe(true);
  });

  test("missing is reported at start", async () => {
    const store = await open();
    await pushTo(store, content);
    await store.close();
    await rm(path());
    expect(await has(digest)).toBe(false);
    expect(warnings).toEqual([
      `the stored file of ${digest} in app is missing. Push the blob again to repair it`,
    ]);
  });

  test("of the right length but wrong is repaired by a push", async () => {
    const store = await open();
    await pushTo(store, content);
    await writeFile(path(), randomBytes(100_000));
    await pushTo(store, content);
    expect((await readFile(path())).equals(content)).toBe(true);
    expect(await readdir(join(root, "uploads"))).toEqual([]);
    await store.close();
    expect([await has(digest), warnings]).toEqual([true, []]);
  });

  test("left over from a crash during a push is deleted, and nothing else", async () => {
    const store = await open();
    await pushTo(store, content);
    const cut = "0b1c2d3e-0000-4000-8000-000000000000";
    await store.close();
    // As a crash leaves them between the rename and the journal record.
    await writeFile(join(root, "uploads", cut), "half");
    await link(join(root, "uploads", cut), join(root, "blobs/sha256", "b".repeat(64)));
    expect(await has(digest)).toBe(true);
    expect([await readdir(join(root, "blobs/sha256")), warnings]).toEqual([[hexOf(digest)], []]);
  });
});
