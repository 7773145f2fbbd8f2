import { randomUUID } from "node:crypto";
import { link, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { UsageError } from "../errors.ts";
import { systemCodeOf } from "./reply.ts";

/** Who holds a root. A process id alone may by now be another process. */
interface Holder {
  readonly pid: number;
  /** The machine's start and the process's start after it, where the system tells them. */
  readonly started: string;
}

const prefix = "lock-";

/**
 * Takes a root for this process, and gives what lets it go. Throws a usage error where another
 * living process has it; one that was killed holds nothing.
 *
 * Each process writes a lock of its own name and then looks for others: of two that begin at
 * once, at least one sees the other, and only locks of the dead are removed, whose names nobody
 * else will ever use.
 */
export async function lockRoot(root: string): Promise<() => Promise<void>> {
  const id = `${process.pid}-${randomUUID()}`;
  const name = `${prefix}${id}`;
  const path = join(root, name);
  const release = (): Promise<void> => rm(path, { force: true });
  const self = { pid: process.pid, started: (await startOf(process.pid)) ?? "" };
  await writeWhole(path, join(root, `new-${id}`), JSON.stringify(self));
  try {
    for (const other of await readdir(root)) {
      if (!other.startsWith(prefix) || other === name) continue;
      const holder = await readHolder(join(root, other));
      if (holder !== undefined && (await isAlive(holder))) {
        throw new UsageError(`${root} is in use by another registry, process ${holder.pid}`, {
          hint: "use that one, stop it, or choose another root",
        });
      }
      await rm(join(root, other), { force: true });
    }
  } catch (error) {
    await release();
    throw error;
  }
  return release;
}

/** A lock that can be seen is complete: written beside, then linked. */
async function writeWhole(path: string, staged: string, content: string): Promise<void> {
  try {
    await writeFile(staged, content, { flag: "wx" });
    await link(staged, path).catch(async (error: unknown) => {
      if (systemCodeOf(error) !== "EPERM" && systemCodeOf(error) !== "ENOTSUP") throw error;
      await writeFile(path, content, { flag: "wx" });
    });
  } finally {
    await rm(staged, { force: true });
  }
}

async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(path, "utf8"));
    if (typeof value !== "object" || value === null) return undefined;
    const { pid, started } = { pid: undefined, started: undefined, ...value };
    if (typeof pid !== "number" || typeof started !== "string") return undefined;
    return { pid, started };
  } catch (error) {
    if (error instanceof SyntaxError || systemCodeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

async function isAlive(holder: Holder): Promise<boolean> {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if (systemCodeOf(error) === "ESRCH") return false;
  }
  const started = await startOf(holder.pid);
  return started === undefined || holder.started === "" || started === holder.started;
}

/** proc(5): field 22 of `stat` is the start in ticks since boot. Undefined but on Linux. */
async function startOf(pid: number): Promise<string | undefined> {
  try {
    const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8");
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    // The second field is a name in brackets that may hold anything.
    const ticks = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    return ticks === undefined ? undefined : `${boot.trim()}/${ticks}`;
  } catch {
    return undefined;
  }
}
