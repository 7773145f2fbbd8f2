import {
  chmod,
  lstat,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { UsageError } from "../../errors.ts";
import { writeChanges } from "./write-changes.ts";

let root = "";

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "layerkeep-fix-"));
});

afterEach(() => rm(root, { recursive: true, force: true }));

const change = { path: "a.yml", before: "a: ü\r\n", after: "b: ü\r\n" };

it("replaces the text, keeps the mode, and leaves nothing else behind", async () => {
  await writeFile(join(root, "a.yml"), change.before);
  await chmod(join(root, "a.yml"), 0o640);
  await writeChanges(root, [change]);
  expect(await readFile(join(root, "a.yml"), "utf8")).toBe(change.after);
  expect((await stat(join(root, "a.yml"))).mode & 0o7777).toBe(0o640);
  expect(await readdir(root)).toEqual(["a.yml"]);
});

it("keeps a byte order mark", async () => {
  await writeFile(join(root, "a.yml"), `\ufeff${change.before}`);
  await writeChanges(root, [change]);
  expect(await readFile(join(root, "a.yml"), "utf8")).toBe(`\ufeff${change.after}`);
});

it("writes to what a link leads to", async () => {
  await writeFile(join(root, "real.yml"), change.before);
  await symlink("real.yml", join(root, "a.yml"));
  await writeChanges(root, [change]);
  expect((await lstat(join(root, "a.yml"))).isSymbolicLink()).toBe(true);
  expect(await readFile(join(root, "real.yml"), "utf8")).toBe(change.after);
});

it("overwrites nothing that is no longer what was linted", async () => {
  await writeFile(join(root, "a.yml"), "c: d\n");
  await expect(writeChanges(root, [change])).rejects.toThrow(
    /a\.yml was not fixed because another program changed it/,
  );
  expect(await readFile(join(root, "a.yml"), "utf8")).toBe("c: d\n");
});

it("says which file cannot be written", async () => {
  const failed = writeChanges(root, [change]);
  await expect(failed).rejects.toThrow(UsageError);
  await expect(failed).rejects.toThrow("cannot write a.yml: no such file");
});
