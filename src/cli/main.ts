import { setMaxListeners } from "node:events";
import { exitCodeOf, LayerkeepError, messageOf } from "../errors.ts";
import { harmless } from "../harmless.ts";
import { version } from "../version.ts";
import type { Io } from "./io.ts";

const interruptedExitCode = 130;

process.exitCode = await main();

async function main(): Promise<number> {
  const abort = new AbortController();
  // Every request and program that is under way listens.
  setMaxListeners(0, abort.signal);
  const interrupt = (signal: NodeJS.Signals): void => {
    // A second Ctrl-C is meant.
    if (abort.signal.aborted) process.exit(interruptedExitCode);
    abort.abort(new Error(`interrupted by ${signal}`));
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  // `layerkeep plan | head`: whoever reads has had enough.
  process.stdout.on("error", () => process.exit(0));
  const io = processIo(abort.signal);
  try {
    const argv = process.argv.slice(2);
    if (argv.length === 1 && (argv[0] === "--version" || argv[0] === "-V")) {
      io.out(`${version}\n`);
      return 0;
    }
    const { runProgram } = await import("./program.ts");
    return await runProgram(argv, io);
  } catch (error) {
    if (abort.signal.aborted) {
      io.err(`${messageOf(error)}\n`);
      return interruptedExitCode;
    }
    io.err(renderError(error, io.colour));
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
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    columns: () => (stderr.isTTY && env["TERM"] !== "dumb" ? stderr.columns : undefined),
    colour: stderr.isTTY && !plain,
    now: () => new Date(),
    signal,
  };
}

function renderError(error: unknown, colour: boolean): string {
  const head = colour ? "\u001b[31merror:\u001b[0m" : "error:";
  if (!(error instanceof LayerkeepError)) {
    const stack = error instanceof Error ? error.stack : String(error);
    return `${head} this is a bug in layerkeep; please report it with what follows\n${stack ?? ""}\n`;
  }
  const hint = error.hint === undefined ? "" : `try: ${error.hint}\n`;
  return `${head} ${harmless(error.message)}\n${harmless(hint)}`;
}
