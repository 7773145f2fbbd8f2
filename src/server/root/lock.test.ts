import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { lockRoot, requireUnlocked, RootInUseError, type RootLock } from "./lock.ts";

const quick = { beatMs: 20, staleMs: 300 };
const first = "lock-0000000001";
let root = "";
let taken: RootLock[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "layerkeep-lock-"));
});
afterEach(async () => {
  for (const lock of taken) await lock.release();
  taken = [];
  await rm(root, { recursive: true, force: true });
});

async function take(): Promise<RootLock> {
  const lock = await lockRoot(root, quick);
  taken.push(lock);
  return lock;
}

/** Leaves a lock as another process would. */
async function leaveLock(fields: object): Promise<void> {
  const mine = await take();
  const own: unknown = JSON.parse(await readFile(join(root, first), "utf8"));
  await mine.release();
  await rm(join(root, "free-0000000001"));
  await writeFile(join(root, first), JSON.stringify({ ...Object(own), ...fields }));
}

function inUse(by: string): RootInUseError {
  return new RootInUseError(`${root} is in use by another registry, ${by}`, {
    hint: "use that registry, stop it, or choose another folder",
  });
}

test("a root can be taken only once until it is released", async () => {
  const lock = await take();
  await expect(lockRoot(root)).rejects.toThrow(inUse(`process ${process.pid}`));
  await expect(requireUnlocked(root)).rejects.toThrow(inUse(`process ${process.pid}`));
  expect(lock.isHeld()).toBe(true);
  await lock.release();
  expect(lock.isHeld()).toBe(false);
  await requireUnlocked(root);
  expect((await take()).tookOver).toBe(false);
  expect(await readdir(root)).toEqual(["lock-0000000002"]);
});

test("of many that start at once, exactly one gets it", async () => {
  for (let round = 1; round <= 20; round++) {
    const tries = await Promise.allSettled(Array.from({ length: 5 }, () => lockRoot(root)));
    const won = tries.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    expect(won.map((lock) => lock.isHeld())).toEqual([true]);
    for (const lock of won) await lock.release();
  }
});

test("the lock of a dead process is taken over at once", async () => {
  const child = spawn(process.execPath, ["-e", ""]);
  await once(child, "exit");
  await leaveLock({ pid: child.pid });
  const lock = await lockRoot(root, { staleMs: 60_000 });
  taken.push(lock);
  expect([lock.tookOver, await readdir(root)]).toEqual([false, ["lock-0000000002"]]);
});

// The time at which a process started is known on Linux alone, from /proc.
test.runIf(process.platform === "linux")(
  "the lock of a process whose id was reused is taken over at once",
  async () => {
    await leaveLock({ started: "another boot/1" });
    const lock = await lockRoot(root, { staleMs: 60_000 });
    taken.push(lock);
    expect(lock.tookOver).toBe(false);
  },
);

test.each([
  ["of another machine", { host: "elsewhere" }, ` on elsewhere`],
  ["of another container", { pidNamespace: "pid:[1]" }, " in another container"],
])("a lock %s is taken over when it is no longer renewed", async (_, fields, by) => {
  await leaveLock(fields);
  const warnings: string[] = [];
  const lock = await lockRoot(root, { ...quick, onWarning: (line) => warnings.push(line) });
  taken.push(lock);
  expect([lock.tookOver, lock.isHeld()]).toEqual([true, true]);
  expect(warnings).toEqual([
    `${root} is locked by another registry, process ${process.pid}${by}; waiting up to 1 s to see whether that registry is still running`,
  ]);
});

test("a lock of another machine is not taken over while it is renewed", async () => {
  await take();
  const path = join(root, first);
  const own: unknown = JSON.parse(await readFile(path, "utf8"));
  await writeFile(path, JSON.stringify({ ...Object(own), host: "elsewhere" }));
  await expect(lockRoot(root, quick)).rejects.toThrow(inUse(`process ${process.pid} on elsewhere`));
});

test("of many that see the same stale lock, exactly one takes it over", async () => {
  await leaveLock({ host: "elsewhere" });
  const tries = await Promise.allSettled(Array.from({ length: 5 }, () => lockRoot(root, quick)));
  const won = tries.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  taken.push(...won);
  expect(won.map((lock) => lock.isHeld())).toEqual([true]);
});

test("a holder whose lock was taken over or deleted has lost the root for good", async () => {
  const warnings: string[] = [];
  const lock = await lockRoot(root, { ...quick, onWarning: (line) => warnings.push(line) });
  const content = await readFile(join(root, first));
  await rm(join(root, first));
  expect(lock.isHeld()).toBe(false);
  await writeFile(join(root, first), content);
  expect(lock.isHeld()).toBe(false);
  await lock.release();
  expect(await readdir(root)).toEqual([first]);
  expect(warnings).toEqual([
    `${root} was taken over by another registry, or its lock was deleted. This registry now refuses writes: restart it`,
  ]);
});

test("an idle holder notices it, too", async () => {
  const warnings: string[] = [];
  const lock = await lockRoot(root, { ...quick, onWarning: (line) => warnings.push(line) });
  taken.push(lock);
  await rm(join(root, first));
  await expect.poll(() => warnings.length).toBe(1);
});

test("a copy of a root in use is free if nothing renews its lock", async () => {
  await take();
  const copy = join(root, "copy");
  await mkdir(copy);
  await writeFile(join(copy, first), await readFile(join(root, first)));
  const lock = await lockRoot(copy, quick);
  expect(lock.isHeld()).toBe(true);
  await lock.release();
});

test("a lock without content is taken over if nothing renews it", async () => {
  await writeFile(join(root, first), "");
  expect((await take()).tookOver).toBe(true);
});

test("a lock of the previous version counts while its process is alive", async () => {
  const old = join(root, `lock-${process.pid}-x`);
  await writeFile(old, JSON.stringify({ pid: process.pid, started: "" }));
  await expect(lockRoot(root)).rejects.toThrow(inUse(`process ${process.pid}`));
  await writeFile(old, JSON.stringify({ pid: process.pid, started: "another boot/1" }));
  await take();
  expect(await readdir(root)).toEqual([first]);
});

test("checking whether a root is in use writes nothing", async () => {
  await leaveLock({ host: hostname(), started: "another boot/1" });
  await requireUnlocked(root, quick);
  await sleep(1);
  expect(await readdir(root)).toEqual([first]);
});
