import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

export interface ProcessToRun {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface Watcher {
  readonly onLine: (line: string) => void;
  readonly cancellation: AbortSignal;
  /** 1 for GitHub's times, less for faster tests. */
  readonly timeScale: number;
}

/** How long the runner waits for a process to end after each signal ("Workflow cancellation"). */
const afterInterrupt = 7500;
const afterTerminate = 2500;

/**
 * Runs a step's process; gives its exit code. If the step is cancelled, the process alone gets
 * SIGINT, then SIGTERM, and at last all of its group is killed.
 */
export async function runProcess(what: ProcessToRun, watcher: Watcher): Promise<number> {
  const child = spawn(what.file, what.args, {
    cwd: what.cwd,
    env: what.env,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const timers: NodeJS.Timeout[] = [];
  const cancel = (): void => {
    const { timeScale } = watcher;
    const killGroup = (): void => {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    };
    child.kill("SIGINT");
    timers.push(
      setTimeout(() => child.kill("SIGTERM"), afterInterrupt * timeScale),
      setTimeout(killGroup, (afterInterrupt + afterTerminate) * timeScale),
    );
  };
  const lines = [child.stdout, child.stderr].map((input) =>
    createInterface({ input, crlfDelay: Infinity }).on("line", watcher.onLine),
  );
  const read = Promise.all(lines.map((reader) => once(reader, "close")));
  if (watcher.cancellation.aborted) cancel();
  else watcher.cancellation.addEventListener("abort", cancel, { once: true });
  try {
    await once(child, "exit");
    for (const timer of timers) clearTimeout(timer);
    timers.length = 0;
    await Promise.race([read, outputGrace()]);
    return child.exitCode ?? 1;
  } finally {
    watcher.cancellation.removeEventListener("abort", cancel);
    for (const timer of timers) clearTimeout(timer);
    for (const reader of lines) reader.close();
    child.stdout.destroy();
    child.stderr.destroy();
  }
}

/** A process left behind may hold the pipes open; the runner does not wait for it. */
function outputGrace(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 2000).unref();
  });
}
