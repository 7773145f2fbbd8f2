import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";

export type Command = readonly [string, ...string[]];

/** What a process took. */
export interface Run {
  readonly ms: number;
  /** Of the processor. */
  readonly cpuMs: number;
  readonly peakMiB: number;
}

/** A process from its start to its end, with the most memory that it ever held. */
export async function timed([file, ...args]: Command, dockerConfig: string): Promise<Run> {
  const began = performance.now();
  const env = { PATH: process.env["PATH"], HOME: dockerConfig, DOCKER_CONFIG: dockerConfig };
  const child = spawn(file, args, { env, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  let used = { cpuMs: 0, peakMiB: 0 };
  // The kernel keeps both while the process lives: the last look is the one that counts.
  const watch = setInterval(() => (used = usedBy(child.pid) ?? used), 20);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject).once("close", resolve);
    });
    if (code !== 0) throw new Error(`${file} exited with ${String(code)}: ${said}`);
    return { ms: performance.now() - began, ...used };
  } finally {
    clearInterval(watch);
  }
}

/** proc(5): `VmHWM` in KiB; the 14th and 15th fields of `stat` in ticks of 10 ms. */
function usedBy(pid: number | undefined): Omit<Run, "ms"> | undefined {
  try {
    const [status, stat] = ["status", "stat"].map((name) =>
      readFileSync(`/proc/${pid ?? 0}/${name}`, "utf8"),
    );
    const peak = /^VmHWM:\s*(\d+) kB$/m.exec(status ?? "")?.[1];
    // The name, in brackets, may hold spaces; the state is the third field.
    const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ") ?? [];
    if (peak === undefined) return undefined;
    return {
      cpuMs: (Number(fields[11]) + Number(fields[12])) * 10,
      peakMiB: Number(peak) / 1024,
    };
  } catch {
    return undefined;
  }
}
