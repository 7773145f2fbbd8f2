import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { UsageError } from "../errors.ts";
import { lockRoot } from "./lock.ts";

let root = "";
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "layerkeep-lock-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

test("a root is taken once until it is let go", async () => {
  const release = await lockRoot(root);
  await expect(lockRoot(root)).rejects.toThrow(
    new UsageError(`${root} is in use by another registry, process ${process.pid}`, {
      hint: "use that one, stop it, or choose another root",
    }),
  );
  await release();
  await (await lockRoot(root))();
  expect(await readdir(root)).toEqual([]);
});

test("of many that begin at once at most one has it", async () => {
  for (let round = 0; round < 10; round++) {
    const tries = await Promise.allSettled(Array.from({ length: 5 }, () => lockRoot(root)));
    const taken = tries.filter((result) => result.status === "fulfilled");
    expect(taken.length).toBeLessThanOrEqual(1);
    for (const { value } of taken) await value();
  }
});

test("the lock of a process that is gone is none", async () => {
  const child = spawn(process.execPath, ["-e", ""]);
  await once(child, "exit");
  const lock = JSON.stringify({ pid: child.pid, started: "" });
  await writeFile(join(root, `lock-${child.pid ?? 0}-x`), lock);
  await (await lockRoot(root))();
  expect(await readdir(root)).toEqual([]);
});

test.runIf(process.platform === "linux")(
  "the lock of a process whose id another one has now is none",
  async () => {
    const lock = JSON.stringify({ pid: process.pid, started: "another boot/1" });
    await writeFile(join(root, `lock-${process.pid}-x`), lock);
    await (await lockRoot(root))();
    expect(await readdir(root)).toEqual([]);
  },
);

test("a lock that says nothing is none", async () => {
  await writeFile(join(root, "lock-1-x"), "");
  await (await lockRoot(root))();
  expect(await readdir(root)).toEqual([]);
});
