/** Directory caches on full disks, from registries that die or lie, with clocks that go back. */
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statfsSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FormatError, IntegrityError, LayerkeepError, UsageError } from "../../src/errors.ts";
import { type DirBed, openDirBed } from "../support/dir-caches.ts";
import { describeFolder } from "../support/directories.ts";
import { type Fault, type FaultProxy, startFaultProxy } from "../support/fault-proxy.ts";
import { impatientClient } from "../support/faults/trial.ts";
import { startCncf, startEmbedded, type TestRegistry } from "../support/registries.ts";
import { canMount, tmpfs } from "../support/small-disks.ts";

let registry: TestRegistry;
let proxy: FaultProxy;
let bed: DirBed;
const inBed = (...path: readonly string[]): string => join(bed.root, ...path);

beforeEach(async () => {
  registry = await startEmbedded();
  proxy = await startFaultProxy(registry.host, () => undefined);
  bed = openDirBed(proxy.host);
  mkdirSync(inBed("a"));
  for (let number = 0; number < 120; number++) {
    writeFileSync(inBed("a", String(number)), randomBytes(100_000));
  }
});
afterEach(async () => {
  await bed[Symbol.asyncDispose]();
  await proxy[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
});

/** What a work folder would be. */
const leftIn = (folder: string): readonly string[] =>
  readdirSync(folder).filter((name) => name.includes(".layerkeep"));

describe.runIf(canMount)("on a full disk", () => {
  it("a restore leaves the folder as it was and frees what it took; then it works", async () => {
    await bed.save("a", "k");
    await using disk = await tmpfs(16);
    const target = join(disk.path, "b");
    mkdirSync(target);
    writeFileSync(join(target, "mine"), randomBytes(8 << 20));
    const [before, free] = [describeFolder(target), statfsSync(disk.path).bfree];
    const refused = bed.restore(target, "k");
    await expect(refused).rejects.toThrow(UsageError);
    await expect(refused).rejects.toMatchObject({
      message: "cannot write the restored files: the disk is full",
      hint: "free some space, or choose a file on another disk",
    });
    expect(describeFolder(target)).toEqual(before);
    expect(leftIn(disk.path)).toEqual([]);
    expect(statfsSync(disk.path).bfree).toBe(free);
    writeFileSync(join(target, "mine"), "");
    await bed.restore(target, "k");
    expect(describeFolder(target)).toEqual(describeFolder(inBed("a")));
  });

  it("a save that cannot remember what it read still saves", async () => {
    await using disk = await tmpfs(1);
    disk.fill();
    await bed.save("a", "k", { memory: disk.path });
    await bed.restore("b", "k");
    expect(describeFolder(inBed("b"))).toEqual(describeFolder(inBed("a")));
  });
});

describe("if the registry dies in the middle", () => {
  const dying = (most: number): void => {
    let requests = 0;
    proxy.decide = () => (requests++ < most ? undefined : { type: "reset" });
  };

  it.each([1, 3, 5])("at request %i, a restore leaves the folder as it was", async (most) => {
    await bed.save("a", "k");
    mkdirSync(inBed("b"));
    writeFileSync(inBed("b", "mine"), "mine");
    dying(most);
    await using client = impatientClient();
    await expect(bed.restore("b", "k", { client })).rejects.toThrow(LayerkeepError);
    expect(readFileSync(inBed("b", "mine"), "utf8")).toBe("mine");
    expect([readdirSync(inBed("b")), leftIn(bed.root)]).toEqual([["mine"], []]);
  });

  it.each([1, 4, 9])("at request %i, the key names what it named before", async (most) => {
    await bed.save("a", "k");
    const before = describeFolder(inBed("a"));
    for (const name of ["1", "2", "new"]) writeFileSync(inBed("a", name), randomBytes(1_000_000));
    dying(most);
    await using client = impatientClient();
    await expect(bed.save("a", "k", { client })).rejects.toThrow(LayerkeepError);
    proxy.decide = () => undefined;
    await bed.restore("b", "k");
    expect(describeFolder(inBed("b"))).toEqual(before);
  });
});

it("a pack that arrives damaged each time is not written, and the folder stays", async () => {
  await bed.save("a", "k");
  const corrupt: Fault = { type: "corrupt", body: "answer", place: 0.5 };
  let blobs = 0;
  // The first blob is the list of files.
  proxy.decide = ({ method, url }) =>
    method === "GET" && url.includes("/blobs/") && blobs++ > 0 ? corrupt : undefined;
  mkdirSync(inBed("b"));
  await using client = impatientClient();
  const refused = await bed.restore("b", "k", { client }).catch((error: unknown) => error);
  expect([IntegrityError, FormatError].some((kind) => refused instanceof kind)).toBe(true);
  expect([readdirSync(inBed("b")), leftIn(bed.root)]).toEqual([[], []]);
});

it("with a clock that goes back, nothing that changed is taken for unchanged", async () => {
  const at = (milliseconds: number) => ({ now: () => new Date(milliseconds) });
  const before = Date.now();
  await bed.save("a", "k", at(before + 1000));
  const name = inBed("a", "7");
  writeFileSync(name, randomBytes(100_000));
  const changed = await bed.save("a", "k", at(before - 86_400_000));
  expect(changed.read).toEqual({ files: 1, bytes: 100_000 });
  writeFileSync(name, randomBytes(100_000));
  await bed.save("a", "k", at(before - 2 * 86_400_000));
  await bed.restore("b", "k", at(0));
  await bed.restore("b", "k", at(before));
  expect(describeFolder(inBed("b"))).toEqual(describeFolder(inBed("a")));
});

it("files and folders that may not be read are left out and named", async () => {
  mkdirSync(inBed("a", "closed"));
  writeFileSync(inBed("a", "closed", "file"), "x");
  for (const name of ["1", "closed"]) chmodSync(inBed("a", name), 0);
  chmodSync(bed.root, 0o755);
  // A process of its own, which keeps its rights.
  await using other = await startCncf();
  await using elsewhere = openDirBed(other.host);
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65_534);
  try {
    const { leftOut, files } = await elsewhere.save(inBed("a"), "k");
    expect([...leftOut.unreadable].sort()).toEqual([inBed("a", "1"), inBed("a", "closed")]);
    expect(files).toBe(119);
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
});

it("five thousand empty files come back, and cost one small blob", async () => {
  for (let number = 0; number < 5_000; number++) {
    const folder = inBed("empty", String(number % 100));
    if (number < 100) mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, String(number)), "");
  }
  const saved = await bed.save("empty", "k");
  expect(saved).toMatchObject({ files: 5_000, bytes: 0, sent: { packs: 0 } });
  expect(saved.stored).toBeLessThan(100_000);
  expect(await bed.restore("b", "k")).toMatchObject({ files: 5_000, fetched: { bytes: 0 } });
  expect(describeFolder(inBed("b"))).toEqual(describeFolder(inBed("empty")));
});
