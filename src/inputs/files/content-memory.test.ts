import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseNormaliser } from "../../config/variants/filters.ts";
import { compileIgnore } from "../../dockerfile/ignore/ignore.ts";
import { type ContextHash } from "./summarise-files.ts";
import { createContextHasher, type ContextOptions } from "./context-files.ts";
import { createContentMemory, type ContentMemory } from "./content-memory.ts";
import { fileStatsOf } from "./file-stats.ts";

let root: string;
let memory: ContentMemory;

/** The clock is far ahead of the files' times, unless a test sets it. */
let aheadMs: number;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "layerkeep-memory-"));
  aheadMs = 60_000;
  memory = createContentMemory(() => Date.now() + aheadMs);
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function write(path: string, content: string): void {
  const file = join(root, path);
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, content);
}

function look(since = 0, options: ContextOptions = {}): Promise<ContextHash> {
  return createContextHasher({ memory, since })(root, options);
}

/** Replaces a file's content with bytes of the same length, and restores its times. */
function replaceUnseen(path: string, content: string): void {
  const { atime, mtime } = statSync(join(root, path));
  writeFileSync(join(root, path), content);
  utimesSync(join(root, path), atime, mtime);
}

describe("a content memory", () => {
  it("produces the same digests as without it", async () => {
    for (const path of ["a", "src/b", "src/c"]) write(path, path);
    const alone = await createContextHasher()(root);
    expect(await look()).toEqual(alone);
    expect(await look()).toEqual(alone);
    write("src/b", "other");
    expect((await look()).digest).toBe((await createContextHasher()(root)).digest);
  });

  it("does not read a file again whose signature is the same", async () => {
    write("a", "a");
    await look();
    let reads = 0;
    const counted: ContentMemory = {
      ...memory,
      remember: (...told) => {
        reads++;
        memory.remember(...told);
      },
    };
    await createContextHasher({ memory: counted })(root);
    expect(reads).toBe(0);
  });

  it("reads a file again if it changed within a tick of the clock before it was read", async () => {
    aheadMs = 0;
    write("a", "one");
    const before = await look();
    // The same size and times, as far as a coarse clock can tell.
    const { atime, mtime } = statSync(join(root, "a"));
    const frozen: ContentMemory = { ...memory, recall: (file) => memory.recall(file, seen) };
    const seen = fileStatsOf(statSync(join(root, "a"), { bigint: true }));
    writeFileSync(join(root, "a"), "two");
    utimesSync(join(root, "a"), atime, mtime);
    const after = await createContextHasher({ memory: frozen })(root);
    expect(after.digest).not.toBe(before.digest);
    expect(after.changed).toEqual(["a"]);
  });

  it("detects changed content by the change time, whatever modification time was set", async () => {
    write("a", "one");
    const before = await look();
    replaceUnseen("a", "two");
    expect((await look()).digest).not.toBe(before.digest);
  });

  it("names what changed since a mark, for the context and for what is taken from it", async () => {
    for (const path of ["a", "b", "src/c", "src/d"]) write(path, path);
    const files = { wildcard: false, include: undefined, exclude: [], picked: false };
    await look();
    const mark = memory.mark();
    write("b", "B");
    chmodSync(join(root, "src/c"), 0o755);
    rmSync(join(root, "src/d"));
    write("src/e", "e");
    expect((await look(mark)).changed).toEqual(["b", "src/", "src/c", "src/e"]);
    expect((await look(mark, { sources: [{ path: "b", ...files }] })).changed).toEqual(["b"]);
    expect((await look(mark, { sources: [{ path: "a", ...files }] })).changed).toEqual([]);
    const changed = ["b", "src/", "src/c", "src/d", "src/e"].map((path) => `${root}/${path}`);
    expect(memory.changedSince(mark)).toEqual(changed);
    expect(memory.changedSince(memory.mark())).toEqual([]);
    expect((await look(memory.mark())).changed).toEqual([]);
  });

  it("names a file that changed and was restored", async () => {
    write("a", "one");
    const before = await look();
    const mark = memory.mark();
    write("a", "two");
    write("a", "one");
    const after = await look(mark);
    expect(after.digest).toBe(before.digest);
    expect(after.changed).toEqual(["a"]);
  });

  it("names a file that was replaced by one with the same content", async () => {
    write("a", "one");
    write("b", "one");
    await look();
    const mark = memory.mark();
    renameSync(join(root, "b"), join(root, "a"));
    await look(mark);
    expect(memory.changedSince(mark)).toEqual([`${root}/a`, `${root}/b`]);
  });

  it("names neither ignored files nor files that it never had to read", async () => {
    write("a", "a");
    write("out/log", "one");
    const only = { ignore: compileIgnore("out") };
    await look(0, only);
    const mark = memory.mark();
    write("out/log", "two");
    expect((await look(mark, only)).changed).toEqual([]);
    expect((await look(mark)).changed).toEqual([]);
    expect(memory.changedSince(mark)).toEqual([]);
  });

  it("does not run filters again on known contents", async () => {
    write("a", "one");
    const filters = [{ glob: "a", as: parseNormaliser("command:wc -l") }];
    let runs = 0;
    const run = (): string => {
      runs++;
      return "1";
    };
    const hash = (): Promise<ContextHash> =>
      createContextHasher({ root, run, memory })(root, { filters });
    const first = await hash();
    expect(await hash()).toEqual(first);
    expect(runs).toBe(1);
    write("a", "two");
    expect((await hash()).digest).toBe(first.digest);
    expect(runs).toBe(2);
  });

  it("runs filters again if their baseline changed", async () => {
    write("a.proto", "message A { int32 a = 1; int32 b = 2; }");
    write("base.proto", "message A { int32 a = 1; }");
    const filters = [{ glob: "a.proto", as: parseNormaliser("protobuf:base.proto") }];
    const run = (): undefined => undefined;
    const ignore = compileIgnore("base.proto");
    const hash = (): Promise<ContextHash> =>
      createContextHasher({ root, run, memory })(root, { filters, ignore });
    const first = await hash();
    write("base.proto", readFileSync(join(root, "a.proto"), "utf8"));
    const alone = await createContextHasher({ root, run })(root, { filters, ignore });
    expect(first.digest).not.toBe(alone.digest);
    expect((await hash()).digest).toBe(alone.digest);
  });
});

describe("the settled files", () => {
  it("are those with a time that was set, by path, mode, size, time and content", async () => {
    write("a", "one");
    write("b", "b");
    expect((await look()).settled).toBe("");
    utimesSync(join(root, "a"), 1_000_000_000, 1_000_000_000);
    const first = (await look()).settled;
    expect(first).toMatch(/^[0-9a-f]{12}$/);
    write("b", "other");
    expect((await look()).settled).toBe(first);
    replaceUnseen("a", "two");
    const second = (await look()).settled;
    expect(second).not.toBe(first);
    utimesSync(join(root, "a"), 1_000_000_001, 1_000_000_001);
    expect((await look()).settled).not.toBe(second);
    expect((await look(0, { ignore: compileIgnore("a") })).settled).toBe("");
  });
});
