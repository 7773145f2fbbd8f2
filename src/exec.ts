import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { CommandError, messageOf } from "./errors.ts";

export interface ExecOptions {
  readonly cwd?: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
  readonly stdin?: string | undefined;
  /** What it is run for. The error begins with it. */
  readonly purpose: string;
  /** The limit on kept bytes of stdout and of stderr. A program that prints more is stopped. */
  readonly maxOutput?: number;
  /** Milliseconds. */
  readonly timeout?: number;
}

export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program, without a shell, and returns what it printed, whatever its exit code. */
export type Exec = (argv: readonly string[], options: ExecOptions) => Promise<ExecResult>;

const defaultMaxOutput = 16 << 20;
const tailLines = 20;
/** How long a program has between SIGTERM and SIGKILL. */
const graceMs = 10_000;

/**
 * Runs a program to its end. Throws a command error if it cannot be started, is ended by a signal,
 * prints more than `maxOutput` or takes longer than `timeout`; an exit code other than 0 is a
 * result.
 */
export const exec: Exec = async (argv, options) => {
  const limit = options.maxOutput ?? defaultMaxOutput;
  const child = startCommand(argv, options);
  const tooMuch = (): void => child.stop(`it printed more than ${limit} bytes`);
  const [stdout, stderr, exitCode] = await Promise.all([
    readText(child.stdout, limit, tooMuch),
    readText(child.stderr, limit, tooMuch),
    child.ended,
  ]);
  return { exitCode, stdout, stderr };
};

/** Like `exec`, but throws a command error if the exit code is not 0. Returns stdout. */
export async function execOk(
  run: Exec,
  argv: readonly string[],
  options: ExecOptions,
): Promise<string> {
  const result = await run(argv, options);
  if (result.exitCode === 0) return result.stdout;
  throw new CommandError({
    argv,
    exitCode: result.exitCode,
    stderrTail: lastLines(result.stderr),
    purpose: options.purpose,
  });
}

export interface RunningCommand {
  readonly stdout: Readable;
  readonly stderr: Readable;
  /**
   * The exit code. Rejects if the program could not be started, was stopped, or was killed by a
   * signal.
   */
  readonly ended: Promise<number>;
  /**
   * Sends SIGTERM to the program and all its children, and SIGKILL if they still run after ten
   * seconds. `why` becomes part of the error.
   */
  readonly stop: (why?: string) => void;
}

/** Starts a program whose output is read as it arrives. Aborting the signal stops it. */
export function startCommand(argv: readonly string[], options: ExecOptions): RunningCommand {
  const { signal, purpose, timeout } = options;
  const [file = ""] = argv;
  const child = spawnGroup(argv, options);
  let killer: NodeJS.Timeout | undefined;
  let closed = false;
  let stopped: string | undefined;
  const stop = (why = "it was stopped"): void => {
    if (closed || killer !== undefined) return;
    stopped = why;
    killGroup(child, "SIGTERM");
    killer = setTimeout(() => killGroup(child, "SIGKILL"), graceMs);
    killer.unref();
  };
  const onAbort = (): void => stop();
  const onTimeout = (): void => stop(`it took longer than ${(timeout ?? 0) / 1000} seconds`);
  const timer = timeout === undefined ? undefined : setTimeout(onTimeout, timeout);
  signal?.addEventListener("abort", onAbort, { once: true });
  if (signal?.aborted === true) stop();
  const ended = new Promise<number>((resolve, reject) => {
    const fail = (details: { signal?: string; cause?: unknown; hint?: string | undefined }): void =>
      reject(new CommandError({ argv, purpose, ...details }));
    child.once("error", (cause: NodeJS.ErrnoException) => {
      const hint = cause.code === "ENOENT" ? `${file} was not found` : cause.message;
      fail({ cause, hint });
    });
    child.once("exit", () => {
      // A child started while the group was being stopped has not received the signal.
      if (stopped !== undefined) killGroup(child, "SIGTERM");
    });
    child.once("close", (code, endedBy) => {
      closed = true;
      clearTimeout(timer);
      clearTimeout(killer);
      signal?.removeEventListener("abort", onAbort);
      if (signal?.aborted === true) reject(abortReason(signal));
      else if (stopped !== undefined) fail({ signal: endedBy ?? "SIGTERM", hint: stopped });
      else if (code === null) fail({ signal: endedBy ?? "a signal" });
      else resolve(code);
    });
  });
  // A caller that is reading the streams may await `ended` only after it has rejected.
  ended.catch(() => undefined);
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.stdin ?? "");
  return { stdout: child.stdout, stderr: child.stderr, ended, stop };
}

/** In its own process group: Ctrl-C in the terminal reaches only us, and we stop it in order. */
function spawnGroup(argv: readonly string[], options: ExecOptions): ChildProcessWithoutNullStreams {
  const { cwd, env, purpose } = options;
  const [file = "", ...args] = argv;
  const detached = process.platform !== "win32";
  try {
    return spawn(file, args, { cwd, env, stdio: ["pipe", "pipe", "pipe"], detached });
  } catch (cause) {
    // The argument list is too long, or an argument contains a NUL.
    throw new CommandError({ argv, purpose, cause, hint: messageOf(cause) });
  }
}

/** A child of the program holds our pipes open, and would outlive it. */
function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || process.platform === "win32") {
    child.kill(signal);
    return;
  }
  try {
    process.kill(-child.pid, signal);
  } catch {
    // All of them have ended.
  }
}

/** The last lines of a text. */
export function lastLines(text: string, count = tailLines): string {
  return text.trimEnd().split("\n").slice(-count).join("\n");
}

async function readText(stream: Readable, limit: number, stop: () => void): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > limit) stop();
    else chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function abortReason(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error("aborted");
}
