import { lstat, readFile, readlink } from "node:fs/promises";
import { hostname } from "node:os";
import { systemCodeOf } from "../../errors.ts";
import { startTicksOf } from "../../process-start.ts";

/** Who holds a root. A process id alone may be reused, or belong to another machine. */
export interface Holder {
  readonly pid: number;
  /** The machine's boot and the process's start after it; "" if the system does not report them. */
  readonly started: string;
  readonly host: string;
  /** The kernel's boot id: the same for all containers on one machine. */
  readonly boot: string;
  /** Process ids are only meaningful within one PID namespace. */
  readonly pidNamespace: string;
  /** The root's device and inode, which differ in a copy of the root. */
  readonly root: string;
  /** Different each time a root is taken. */
  readonly token: string;
}

/** This process as a holder. */
export async function thisHolder(root: string, token: string): Promise<Holder> {
  const { dev, ino } = await lstat(root, { bigint: true });
  return {
    pid: process.pid,
    started: (await startOf("self")) ?? "",
    host: hostname(),
    boot: await bootId(),
    pidNamespace: await readlink("/proc/self/ns/pid").catch(() => ""),
    root: `${dev}:${ino}`,
    token,
  };
}

/** Undefined if the file is gone or names no holder. */
export async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(path, "utf8"));
    if (typeof value !== "object" || value === null) return undefined;
    const fields: Partial<Record<keyof Holder, unknown>> = value;
    const { pid } = fields;
    if (typeof pid !== "number") return undefined;
    const text = (name: Exclude<keyof Holder, "pid">): string => {
      const field = fields[name];
      return typeof field === "string" ? field : "";
    };
    return {
      pid,
      started: text("started"),
      host: text("host"),
      boot: text("boot"),
      pidNamespace: text("pidNamespace"),
      root: text("root"),
      token: text("token"),
    };
  } catch (error) {
    if (error instanceof SyntaxError || systemCodeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * Whether a holder is alive, as far as this process can see: it can only check processes in its own
 * namespace on its own machine. A lock that was copied with the root proves nothing.
 */
export async function stateOf(holder: Holder, self: Holder): Promise<"alive" | "dead" | "unknown"> {
  const isNear =
    holder.host === self.host &&
    holder.boot === self.boot &&
    holder.pidNamespace === self.pidNamespace;
  if (!isNear) return "unknown";
  if (!(await isAlive(holder))) return "dead";
  return holder.root === self.root ? "alive" : "unknown";
}

/** Whether a process in this namespace exists that started when the holder did. */
export async function isAlive(holder: Pick<Holder, "pid" | "started">): Promise<boolean> {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if (systemCodeOf(error) === "ESRCH") return false;
  }
  // /proc may belong to another PID namespace: then its process ids are not ours.
  const self = await readlink("/proc/self").catch(() => undefined);
  if (self !== String(process.pid)) return true;
  const started = await startOf(holder.pid);
  return started === undefined || holder.started === "" || started === holder.started;
}

/** With the boot, since ticks begin again with each. Undefined except on Linux. */
async function startOf(pid: number | "self"): Promise<string | undefined> {
  const ticks = startTicksOf(pid);
  return ticks === undefined ? undefined : `${await bootId()}/${ticks}`;
}

async function bootId(): Promise<string> {
  return (await readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => "")).trim();
}
