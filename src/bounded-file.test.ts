import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readBounded } from "./bounded-file.ts";

let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "layerkeep-bounded-"));
  await writeFile(join(folder, "empty"), "");
  await writeFile(join(folder, "ten"), "0123456789");
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function read(name: string, limit: number): Promise<string> {
  return Buffer.from(await readBounded(join(folder, name), limit)).toString();
}

describe("a file's bytes", () => {
  it("are all of them within the limit, and one more than the limit above it", async () => {
    expect(await read("empty", 10)).toBe("");
    expect(await read("ten", 10)).toBe("0123456789");
    expect(await read("ten", 1 << 20)).toBe("0123456789");
    expect(await read("ten", 9)).toBe("0123456789");
    expect(await read("ten", 4)).toBe("01234");
  });

  it("take no more memory than the file has, whatever the limit", async () => {
    const { buffer } = await readBounded(join(folder, "ten"), 64 << 20);
    expect(buffer.byteLength).toBeLessThan(1 << 20);
  });

  it("are read to their end from a file that reports no size", async () => {
    const status = "/proc/self/status";
    expect(Buffer.from(await readBounded(status, 1 << 20)).toString()).toMatch(/^Name:[^]*\n$/);
    expect(Buffer.from(await readBounded(status, 3)).toString()).toBe("Name");
  });
});
