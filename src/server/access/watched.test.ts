import { mkdtemp, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Watched, watch } from "./watched.ts";

let folder = "";
let file = "";
let warnings: string[] = [];
let changes: string[] = [];
let watched: Watched<string> | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "layerkeep-watched-"));
  file = join(folder, "file");
  [warnings, changes] = [[], []];
});
afterEach(async () => {
  watched?.close();
  await rm(folder, { recursive: true, force: true });
});

async function start(everyMs: number): Promise<Watched<string>> {
  const load = async (): Promise<string> => {
    const text = await readFile(file, "utf8");
    if (text === "bad") throw new Error("it is bad");
    return text;
  };
  const onWarning = (message: string): void => void warnings.push(message);
  watched = await watch({ files: [file], load }, { everyMs, onWarning });
  watched.onChange((value) => changes.push(value));
  return watched;
}

test("reads a file again whether it is overwritten, replaced or relinked", async () => {
  await writeFile(file, "one");
  const { current } = await start(5);
  expect(current()).toBe("one");
  await writeFile(file, "two");
  await vi.waitFor(() => expect(current()).toBe("two"));
  await writeFile(join(folder, "next"), "six");
  await rename(join(folder, "next"), file);
  await vi.waitFor(() => expect(current()).toBe("six"));
  await writeFile(join(folder, "target"), "ten");
  await symlink(join(folder, "target"), join(folder, "link"));
  await rename(join(folder, "link"), file);
  await vi.waitFor(() => expect(current()).toBe("ten"));
  expect([changes, warnings]).toEqual([["two", "six", "ten"], []]);
});

test("keeps the previous version if the new one cannot be used, and warns once", async () => {
  await writeFile(file, "one");
  const { current, refresh } = await start(1_000_000);
  await writeFile(file, "bad");
  await refresh();
  await refresh();
  expect([current(), changes, warnings]).toEqual([
    "one",
    [],
    ["it is bad; the previous version remains in use"],
  ]);
  await writeFile(file, "two");
  await refresh();
  await writeFile(file, "bad");
  await refresh();
  expect([current(), changes, warnings.length]).toEqual(["two", ["two"], 2]);
});

test("does not start with a file that cannot be used", async () => {
  await writeFile(file, "bad");
  await expect(start(5)).rejects.toThrow("it is bad");
});
