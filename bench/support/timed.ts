import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";

export type Command = readonly [string, ...string[]];

/** What a process took, with all that it started and waited for. */
export interface Run {
  readonly ms: number;
  /** Of the processor. */
  readonly cpuMs: number;
  /** Of the one process that had the most. */
  readonly peakMiB: number;
}

/** The shell reports the processor time of all that it waited for when it is over: `times`. */
const script = `"$@"; code=$?; times >&3; exit $code`;

/** A command from its start to its end. Throws with what it said if it fails. */
export async function timed(command: Command, dockerConfig: string): Promise<Run> {
  const began = performance.now();
  const env = { PATH: process.env["PATH"], HOME: dockerConfig, DOCKER_CONFIG: dockerConfig };
  const child = spawn("bash", ["-c", script, "bash", ...command], {
    env,
    stdio: ["ignore", "ignore", "pipe", "pipe"],
  });
  let [said, times] = ["", ""];
  child.stdio[2]?.on("data", (chunk: Buffer) => (said += chunk.toString()));
  child.stdio[3]?.on("data", (chunk: Buffer) => (times += chunk.toString()));
  let peakMiB = 0;
  // The kernel keeps it while a process lives: the last look is the one that counts.
  const watch = setInterval(() => (peakMiB = Math.max(peakMiB, peakOf(child.pid ?? 0))), 20);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject).once("close", resolve);
    });
    if (code !== 0) throw new Error(`${command[0]} exited with ${String(code)}: ${said}`);
    return { ms: performance.now() - began, cpuMs: millisecondsIn(times), peakMiB };
  } finally {
    clearInterval(watch);
  }
}

/** proc(5): `VmHWM` in KiB, of a process and all below it. */
function peakOf(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const own = Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024;
    const below = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
    return Math.max(own, ...below.split(" ").map((one) => (one === "" ? 0 : peakOf(Number(one)))));
  } catch {
    return 0;
  }
}

/** `0m1.234s 0m0.567s` on each line; the first is the shell itself, the second what it ran. */
function millisecondsIn(times: string): number {
  const all = [...times.matchAll(/(\d+)m([\d.]+)s/g)];
  return all.reduce((sum, [, m, s]) => sum + Number(m) * 60_000 + Number(s) * 1000, 0);
}
