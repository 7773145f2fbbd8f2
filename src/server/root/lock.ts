import { randomUUID } from "node:crypto";
import { statSync, utimesSync } from "node:fs";
import { link, readdir, rename, rm, truncate, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { systemCodeOf, UsageError } from "../../errors.ts";
import { type Entry, entriesOf, highest, isGone, mostTries, pathOf, timeOf } from "./lock-files.ts";
import { type Holder, isAlive, readHolder, stateOf, thisHolder } from "./lock-holder.ts";
import { isNoSpace } from "../http/refusal.ts";

/** A root that this process holds until it is released or another process takes it over. */
export interface RootLock {
  /** Whether the previous holder may still be running: it did not renew its lock for too long. */
  readonly tookOver: boolean;
  /** Checked before and after each write: a process that was suspended may have lost the root. */
  readonly isHeld: () => boolean;
  readonly release: () => Promise<void>;
}

export interface LockOptions {
  /** How often a lock is renewed. 2 s by default. */
  readonly beatMs?: number | undefined;
  /** A lock that was not renewed for this long is taken over. 15 s by default. */
  readonly staleMs?: number | undefined;
  readonly onWarning?: ((message: string) => void) | undefined;
  /** Called if there is no space for the lock. Returns true if there may be some now. */
  readonly onFull?: (() => boolean) | undefined;
  /** What to try if another registry holds the root. */
  readonly ifHeld?: string | undefined;
}

const defaults = { beatMs: 2_000, staleMs: 15_000 };

/**
 * Takes a root for this process. Throws a usage error if another living process holds it.
 *
 * Node has no locks that the kernel releases, so a lock is a file that its holder renews:
 * `lock-<number>` is held, and its time changes with each renewal; `free-<number>` was released.
 *
 * The highest number counts. To take a root, a process creates the file with the next number, which
 * only one can do, and then deletes the lower ones. Numbers are never reused, so a holder whose
 * file is gone has lost the root for good. A holder in the same PID namespace is checked directly;
 * for any other, in a container or on another machine, we wait to see whether it renews its lock.
 * Times are only compared with each other, never with a clock.
 */
export async function lockRoot(root: string, options: LockOptions = {}): Promise<RootLock> {
  await requireNoOlderLock(root, options, true);
  const self = await thisHolder(root, randomUUID());
  for (let tries = 0; tries < mostTries; tries++) {
    const last = await highest(root);
    const verdict = await judge(root, last, self, options);
    if (verdict === "changed") continue;
    const number = (last?.number ?? 0) + 1;
    const content = `${JSON.stringify(self)}\n`;
    const made = await make(root, number, content);
    if (made === undefined) continue;
    const path = pathOf(root, "lock", number);
    if ((await highest(root))?.number !== number) {
      // Meanwhile others took the root with a higher number.
      await rm(path, { force: true });
      continue;
    }
    for (const entry of await entriesOf(root)) {
      if (entry.number < number) await rm(pathOf(root, entry.kind, entry.number), { force: true });
    }
    // Deleting the lower ones freed as much space as this one takes.
    if (made === "empty") await complete(path, content, options.onFull);
    return hold(root, number, verdict === "stale", options);
  }
  throw new UsageError(`other registries keep taking over ${root}`, {
    hint: "run only one registry in each folder",
  });
}

/** Writes nothing. Throws a usage error if a living process holds the root. Nobody holds a deleted one. */
export async function requireUnlocked(root: string, options: LockOptions = {}): Promise<void> {
  try {
    await requireNoOlderLock(root, options, false);
    const self = await thisHolder(root, "");
    for (let tries = 0; tries < mostTries; tries++) {
      if ((await judge(root, await highest(root), self, options)) !== "changed") return;
    }
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

/** Throws if the root is in use. `changed` means that it has to be examined again. */
async function judge(
  root: string,
  last: Entry | undefined,
  self: Holder,
  options: LockOptions,
): Promise<"free" | "dead" | "stale" | "changed"> {
  if (last?.kind !== "lock") return "free";
  const path = pathOf(root, "lock", last.number);
  const holder = await readHolder(path);
  const state = holder === undefined ? "unknown" : await stateOf(holder, self);
  if (state === "dead") return "dead";
  if (state === "alive") throw inUse(root, options, holder, self);
  const seen = await watch(
    path,
    () => {
      const seconds = Math.ceil((options.staleMs ?? defaults.staleMs) / 1000);
      options.onWarning?.(
        `${root} is locked by another registry${describe(holder, self)}; waiting up to ${seconds} s to see whether that registry is still running`,
      );
    },
    options,
  );
  if (seen === "renewed") throw inUse(root, options, holder, self);
  return seen === "gone" ? "changed" : "stale";
}

/** Waits until a lock is renewed, or is stale. */
async function watch(
  path: string,
  onWait: () => void,
  { beatMs = defaults.beatMs, staleMs = defaults.staleMs }: LockOptions,
): Promise<"renewed" | "stale" | "gone"> {
  const first = await timeOf(path);
  if (first === undefined) return "gone";
  onWait();
  const begun = performance.now();
  while (performance.now() - begun < staleMs) {
    await sleep(beatMs / 4);
    const time = await timeOf(path);
    if (time === undefined) return "gone";
    if (time !== first) return "renewed";
  }
  return "stale";
}

function hold(
  root: string,
  number: number,
  tookOver: boolean,
  { beatMs = defaults.beatMs, staleMs = defaults.staleMs, onWarning }: LockOptions,
): RootLock {
  const path = pathOf(root, "lock", number);
  let state: "held" | "lost" | "released" = "held";
  let renewedAt = performance.now();
  const isHeld = (): boolean => state === "held";
  const lose = (): void => {
    if (!isHeld()) return;
    state = "lost";
    clearInterval(timer);
    onWarning?.(
      `${root} was taken over by another registry, or its lock was deleted. This registry now refuses writes: restart it`,
    );
  };
  const onBeat = (error: unknown): void => {
    // Other failures, such as an unreachable network share, are retried at the next renewal.
    if (isGone(error)) lose();
  };
  const timer = setInterval(() => {
    const at = performance.now();
    utimes(path, new Date(), new Date()).then(() => (renewedAt = at), onBeat);
  }, beatMs);
  timer.unref();
  return {
    tookOver,
    isHeld: () => {
      if (!isHeld()) return false;
      try {
        if (statSync(path, { throwIfNoEntry: false }) === undefined) lose();
        // The process was suspended, or too busy. The system's cached view of a file on a network
        // share may be outdated; a renewal asks the share itself.
        else if (performance.now() - renewedAt > staleMs / 2) {
          utimesSync(path, new Date(), new Date());
          renewedAt = performance.now();
        }
      } catch (error) {
        if (!isGone(error)) throw error;
        lose();
      }
      return isHeld();
    },
    release: async () => {
      clearInterval(timer);
      if (!isHeld()) return;
      state = "released";
      await rename(path, pathOf(root, "free", number)).catch((error: unknown) => {
        if (systemCodeOf(error) !== "ENOENT") throw error;
      });
    },
  };
}

/**
 * Undefined if it exists already. A visible lock is complete: it is written to another file and
 * then linked. Without any space it is empty: then it is like a lock of another machine, and others
 * wait to see whether it is renewed.
 */
async function make(
  root: string,
  number: number,
  content: string,
): Promise<"complete" | "empty" | undefined> {
  const path = pathOf(root, "lock", number);
  const staged = join(root, `new-${randomUUID()}`);
  const write = async (to: string): Promise<"complete" | "empty"> => {
    try {
      await writeFile(to, content, { flag: "wx", mode: 0o600 });
      return "complete";
    } catch (error) {
      if (!isNoSpace(error)) throw error;
      await truncate(to);
      return "empty";
    }
  };
  try {
    let made = await write(staged);
    await link(staged, path).catch(async (error: unknown) => {
      // Some file systems have no links.
      if (!["EPERM", "ENOTSUP", "ENOSYS"].includes(systemCodeOf(error) ?? "")) throw error;
      made = await write(path);
    });
    return made;
  } catch (error) {
    if (systemCodeOf(error) === "EEXIST") return undefined;
    throw error;
  } finally {
    await rm(staged, { force: true });
  }
}

/** Writes into our empty lock. If there is still no space, an empty one works too. */
async function complete(
  path: string,
  content: string,
  onFull: LockOptions["onFull"],
): Promise<void> {
  for (let hasRoom = true; hasRoom; hasRoom = onFull?.() ?? false) {
    try {
      await writeFile(path, content, { flag: "r+" });
      return;
    } catch (error) {
      if (!isNoSpace(error)) throw error;
      await truncate(path);
    }
  }
}

/** The previous version created `lock-<pid>-<uuid>`, and relied on process ids alone. */
async function requireNoOlderLock(
  root: string,
  options: LockOptions,
  clear: boolean,
): Promise<void> {
  for (const name of await readdir(root)) {
    if (!/^lock-\d+-/.test(name)) continue;
    const holder = await readHolder(join(root, name));
    if (holder !== undefined && (await isAlive(holder))) throw inUse(root, options, holder, holder);
    if (clear) await rm(join(root, name), { force: true });
  }
}

/** Another living process holds a root. */
export class RootInUseError extends UsageError {}

function inUse(
  root: string,
  { ifHeld = "use that registry, stop it, or choose another folder" }: LockOptions,
  holder: Holder | undefined,
  self: Holder,
): UsageError {
  return new RootInUseError(`${root} is in use by another registry${describe(holder, self)}`, {
    hint: ifHeld,
  });
}

function describe(holder: Holder | undefined, self: Holder): string {
  if (holder === undefined) return "";
  const { pid, host, boot, pidNamespace } = holder;
  if (host !== self.host) return `, process ${pid} on ${host}`;
  const isNear = boot === self.boot && pidNamespace === self.pidNamespace;
  return isNear ? `, process ${pid}` : `, process ${pid} in another container`;
}
