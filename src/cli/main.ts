import { dirname } from "node:path";
import { addAbortSignal } from "node:stream";
import { version } from "../version.ts";
import { versionAsked, versionJson } from "./version-json.ts";
import type { Io } from "./io.ts";
import { asksForJson, printError } from "./print-error.ts";
import { interruptedExitCode, runProcess } from "./process/run-process.ts";
import { createOutput } from "./process/terminal.ts";

/**
 * Milliseconds that a command has to stop its programs, which are killed after ten seconds, and to
 * clean up.
 */
const stopMs = 25_000;
/** Runs the background server of the embedded registry. Not a command: only we start it. */
const backgroundServer = "background-registry";

const argv = process.argv.slice(2);
/** What the command that runs prints to. */
let used: Io | undefined;

process.exitCode = await runProcess(run, {
  createIo,
  printError: (error, io) => printError(error, asksForJson(argv), used ?? io, interruptedExitCode),
  stopMs,
});

async function run(io: Io): Promise<number> {
  const asked = versionAsked(argv);
  if (asked !== undefined) {
    io.out(asked === "json" ? `${JSON.stringify(versionJson())}\n` : `${version}\n`);
    return 0;
  }
  if (argv.length === 1 && argv[0] === backgroundServer) {
    const { runBackgroundServer } = await import("./registry/background/run-server.ts");
    return runBackgroundServer(io, (report) => {
      // The command that started it may be gone.
      process.send?.(report, undefined, {}, () => undefined);
    });
  }
  const { runProgram } = await import("./program/create-program.ts");
  return runProgram(argv, io, (own) => {
    used = own;
  });
}

function createIo(signal: AbortSignal): Io {
  const { env, stdout, stderr } = process;
  const [, entry = ""] = process.argv;
  return {
    env,
    cwd: process.cwd(),
    backgroundServer: {
      argv: [process.execPath, ...process.execArgv, entry, backgroundServer],
      // `--import tsx` is found from here.
      cwd: dirname(entry),
    },
    stdin: () => addAbortSignal(signal, process.stdin),
    keyboard: () =>
      process.stdin.isTTY && stderr.isTTY && env["TERM"] !== "dumb"
        ? { input: process.stdin, output: stderr }
        : undefined,
    ...createOutput({ stdout, stderr }, env, process.argv),
    progress: "plain",
    now: () => new Date(),
    elapsed: () => 0,
    signal,
  };
}
