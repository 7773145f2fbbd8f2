import { setMaxListeners } from "node:events";
import { exitCodeOf } from "../../errors.ts";
import type { Io } from "../io.ts";

/** How a process runs: what it prints to, and how long it has to stop. */
export interface ProcessOptions {
  readonly createIo: (signal: AbortSignal) => Io;
  /** Also of what stopped the run, if `io.signal` is aborted. */
  readonly printError: (error: unknown, io: Io) => void;
  /** Milliseconds to stop programs and to clean up, after which the process exits: see `takeTime`. */
  readonly stopMs: number;
}

/** The exit code of a process that a signal ended. */
export const interruptedExitCode = 130;
/** How long something still open at the end, such as a DNS lookup, may delay the exit. */
const leaveMs = 500;

/**
 * Runs what a process is for, and returns its exit code. SIGINT and SIGTERM abort the signal of
 * `io`; an error is printed and decides the exit code.
 */
export async function runProcess(
  run: (io: Io) => Promise<number>,
  { createIo, printError, stopMs }: ProcessOptions,
): Promise<number> {
  const abort = new AbortController();
  // Every running request and program listens.
  setMaxListeners(0, abort.signal);
  let isPatient = false;
  const interrupt = (signal: NodeJS.Signals): void => {
    // A second Ctrl-C stops at once.
    if (abort.signal.aborted) process.exit(interruptedExitCode);
    abort.abort(new Error(`interrupted by ${signal}`));
    setTimeout(() => {
      if (isPatient) return;
      process.stderr.write(`interrupted by ${signal}: some programs did not stop in time\n`);
      process.exit(interruptedExitCode);
    }, stopMs).unref();
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  // `layerkeep plan | head`: the reader has closed the pipe.
  process.stdout.on("error", () => process.exit(0));
  const io: Io = { ...createIo(abort.signal), takeTime: () => void (isPatient = true) };
  try {
    return await run(io);
  } catch (error) {
    printError(error, io);
    if (!abort.signal.aborted) return exitCodeOf(error);
    setTimeout(() => process.exit(), leaveMs).unref();
    return interruptedExitCode;
  } finally {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
  }
}
