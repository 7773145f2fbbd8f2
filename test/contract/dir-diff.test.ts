import { randomBytes } from "node:crypto";
import { chmodSync, linkSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { diffPacks } from "../../src/dir/diff/diff-packs.ts";
import { diffTrees } from "../../src/dir/diff/diff-trees.ts";
import { readPaths } from "../../src/dir/diff/read-paths.ts";
import { findExact } from "../../src/dir/stored/find-cache.ts";
import { type ReadCache, readCache } from "../../src/dir/stored/read-cache.ts";
import { localCrew } from "../../src/dir/threads/local-crew.ts";
import { type DirBed, openDirBed } from "../support/dir-caches.ts";
import { startEmbedded, type TestRegistry } from "../support/registries.ts";

/** How caches differ from each other, and from folders. */

let registry: TestRegistry;
let bed: DirBed;
const inBed = (name: string): string => join(bed.root, name);

beforeEach(async () => {
  registry = await startEmbedded();
  bed = openDirBed(registry.host);
  mkdirSync(inBed("a"));
  for (const name of ["same", "content", "gone", "mode"]) {
    writeFileSync(inBed(`a/${name}`), randomBytes(50_000));
  }
  writeFileSync(inBed("a/large"), randomBytes(5_000_000));
  await bed.save("a", "first");
});
afterEach(async () => {
  await bed[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
});

function change(): void {
  const large = randomBytes(5_000_000);
  writeFileSync(inBed("a/content"), randomBytes(50_000));
  writeFileSync(inBed("a/large"), large);
  writeFileSync(inBed("a/new"), "new");
  rmSync(inBed("a/gone"));
  chmodSync(inBed("a/mode"), 0o755);
}

const expected = {
  added: [{ path: "saved/new", kind: "file", size: 3 }],
  removed: [{ path: "saved/gone", kind: "file", size: 50_000 }],
  changed: [
    { path: "saved/content", what: ["content"] },
    { path: "saved/large", what: ["content"] },
    { path: "saved/mode", what: ["mode"] },
  ],
  same: 2,
};

async function read(key: string): Promise<ReadCache> {
  const found = await findExact(bed.storage, key);
  if (found === undefined) throw new Error("the cache is not there");
  return readCache(bed.storage, found);
}

/** And how many bytes were read for it. */
async function diffWithFolder(memory: string) {
  const { tree } = await read("first");
  let bytes = 0;
  const second = await readPaths([{ name: "saved", file: inBed("a") }], {
    storage: bed.storage,
    crew: localCrew(),
    memory: inBed(memory),
    other: tree,
    onProgress: ({ read }) => void (bytes = read),
  });
  return { ...diffTrees(tree, second.tree), bytes };
}

it("two caches: by files and by packs", async () => {
  change();
  await bed.save("a", "second");
  const [first, second] = [await read("first"), await read("second")];
  expect(diffTrees(first.tree, second.tree)).toMatchObject(expected);
  const packs = diffPacks(first.packs, second.packs);
  const sum = (all: ReadCache["packs"]) => all.reduce((bytes, { size }) => bytes + size, 0);
  expect(packs.both.bytes + packs.new.bytes).toBe(sum(second.packs));
  expect(packs.both.bytes + packs.gone.bytes).toBe(sum(first.packs));
  expect(packs.new.bytes).toBeGreaterThan(5_000_000);
  const none = { count: 0, bytes: 0 };
  expect(diffPacks(first.packs, first.packs)).toMatchObject({ gone: none, new: none });
});

it("a folder: only files that changed since are read, and of those none of another size", async () => {
  expect(await diffWithFolder(".memory")).toMatchObject({ changed: [], same: 6, bytes: 0 });
  expect(await diffWithFolder(".none")).toMatchObject({ changed: [], same: 6, bytes: 5_200_000 });
  change();
  expect(await diffWithFolder(".none")).toMatchObject({ ...expected, bytes: 5_150_000 });
  writeFileSync(inBed("a/large"), "short");
  expect(await diffWithFolder(".none")).toMatchObject({ ...expected, bytes: 150_000 });
});

it("a folder: a second name of a file is compared by its content", async () => {
  rmSync(inBed("a/gone"));
  linkSync(inBed("a/same"), inBed("a/gone"));
  linkSync(inBed("a/same"), inBed("a/another"));
  expect(await diffWithFolder(".none")).toMatchObject({
    added: [{ path: "saved/another", size: 50_000 }],
    changed: [{ path: "saved/gone", what: ["content"] }],
  });
});
