import { setMaxListeners } from "node:events";
import { exitCodeOf, LayerkeepError, messageOf } from "../errors.ts";
import { version } from "../version.ts";
import { harmlessOutput, type Io } from "./io.ts";

const interruptedExitCode = 130;
/** The time that a command has to stop its programs, which are killed after ten seconds, and to clean up. */
const stopMs = 25_000;
/** How long something still open after a command, such as a DNS lookup, may delay the exit. */
const leaveMs = 500;

process.exitCode = await main();

async function main(): Promise<number> {
  const abort = new AbortController();
  // Every running request and program listens.
  setMaxListeners(0, abort.signal);
  const interrupt = (signal: NodeJS.Signals): void => {
    // A second Ctrl-C stops at once.
    if (abort.signal.aborted) process.exit(interruptedExitCode);
    abort.abort(new Error(`interrupted by ${signal}`));
    setTimeout(() => {
      process.stderr.write(`interrupted by ${signal}: some programs did not stop in time\n`);
      process.exit(interruptedExitCode);
    }, stopMs).unref();
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  // `layerkeep plan | head`: the reader has closed the pipe.
  process.stdout.on("error", () => process.exit(0));
  const io = processIo(abort.signal);
  try {
    const argv = process.argv.slice(2);
    if (argv.length === 1 && (argv[0] === "--version" || argv[0] === "-V")) {
      io.out(`${version}\n`);
      return 0;
    }
    const { runProgram } = await import("./program/create-program.ts");
    return await runProgram(argv, io);
  } catch (error) {
    if (abort.signal.aborted) {
      io.err(`${messageOf(error)}\n`);
      setTimeout(() => process.exit(), leaveMs).unref();
      return interruptedExitCode;
    }
    printError(error, io);
    return exitCodeOf(error);
  } finally {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
  }
}

function processIo(signal: AbortSignal): Io {
  const { env, stdout, stderr } = process;
  const plain = (env["NO_COLOR"] ?? "") !== "" || process.argv.includes("--no-color");
  return {
    env,
    cwd: process.cwd(),
    ...harmlessOutput(
      (text) => void stdout.write(text),
      (text) => void stderr.write(text),
    ),
    columns: () => (stderr.isTTY && env["TERM"] !== "dumb" ? stderr.columns : undefined),
    colour: stderr.isTTY && !plain,
    now: () => new Date(),
    signal,
  };
}

function printError(error: unknown, { err, draw, colour }: Io): void {
  if (colour) draw("\u001b[31m");
  err("error:");
  if (colour) draw("\u001b[0m");
  if (!(error instanceof LayerkeepError)) {
    const stack = error instanceof Error ? error.stack : String(error);
    err(` this is a bug in layerkeep; please report it with the text below\n${stack ?? ""}\n`);
    return;
  }
  const hint = error.hint === undefined ? "" : `hint: ${error.hint}\n`;
  err(` ${error.message}\n${hint}`);
}
