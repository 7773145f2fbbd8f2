import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { EngineError } from "../../src/errors.ts";
import { tailOf } from "./run.ts";

/** A program that serves until it is stopped. */
export interface Daemon {
  readonly pid: number;
  /** Ends it with SIGTERM, after ten seconds with SIGKILL; done when it is gone. */
  stop(): Promise<void>;
  /** SIGKILL, as a crash would be. */
  kill(): void;
}

interface DaemonOptions {
  readonly name: string;
  readonly argv: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly logFile: string;
  /** Asked again and again until it says that the daemon answers. */
  readonly ready: () => Promise<boolean>;
}

const startTimeout = 30_000;
const stopTimeout = 10_000;

/**
 * Starts a program with its output in a log file and returns when it answers. It has a process
 * group of its own: Ctrl-C in the terminal reaches us, and we stop it in order. Throws an engine
 * error with the tail of its log where it ends or does not answer within 30 s.
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const [file, ...args] = options.argv;
  const log = openSync(options.logFile, "a");
  const child = spawn(file, args, {
    env: options.env,
    detached: true,
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  let ended: string | undefined;
  const gone = new Promise<void>((resolve) => {
    child.once("exit", (code, signal) => {
      ended = `exited with ${signal ?? String(code)}`;
      resolve();
    });
    child.once("error", (error) => {
      ended = `could not be started: ${error.message}`;
      resolve();
    });
  });
  const deadline = performance.now() + startTimeout;
  while (!(await options.ready())) {
    const late = performance.now() > deadline;
    if (ended === undefined && !late) {
      await Promise.race([sleep(50), gone]);
      continue;
    }
    child.kill("SIGKILL");
    const tail = tailOf(readFileSync(options.logFile, "utf8"), 20);
    throw new EngineError(`${options.name} ${ended ?? "did not respond"}\n${tail}`, {
      hint: `check its log: ${options.logFile}`,
    });
  }
  if (child.pid === undefined) throw new EngineError(`${options.name} did not start`);
  return {
    pid: child.pid,
    kill: () => void child.kill("SIGKILL"),
    async stop() {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), stopTimeout);
      await gone;
      clearTimeout(timer);
    },
  };
}
