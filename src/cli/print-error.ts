import { exitCodeOf, LayerkeepError, messageOf, UsageError } from "../errors.ts";
import { harmlessJson } from "../harmless.ts";
import { styled } from "../report/terminal/style.ts";
import type { Io } from "./io.ts";
import { emitEvent } from "./progress/emit-event.ts";

/** An error as `--json` prints it, on one line. */
interface ErrorJson {
  readonly error: string;
  /** What to try; null if there is nothing to say. */
  readonly hint: string | null;
  /** The kind of error, such as `usage` or `registry`. */
  readonly code: string;
  readonly exitCode: number;
  /** Of several problems in files, each with its place. */
  readonly problems?: readonly object[];
  /** Of a bug. */
  readonly stack?: string;
}

/** Whether a command line asks for JSON, also if the rest of it is not right. */
export function asksForJson(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  return (end === -1 ? argv : argv.slice(0, end)).includes("--json");
}

/**
 * Prints what ended a command, on stderr: as text, with `--json` as one line of JSON, or with
 * `--progress rawjson` as an event.
 */
export function printError(error: unknown, json: boolean, io: Io, interruptedCode: number): void {
  const isInterrupted = io.signal.aborted;
  const asJson = (): ErrorJson => jsonOf(error, isInterrupted ? interruptedCode : undefined);
  if (io.progress === "rawjson") emitEvent(io, { type: "error", ...asJson() });
  else if (json) io.err(`${harmlessJson(asJson())}\n`);
  else if (isInterrupted) io.err(`${messageOf(error)}\n`);
  else printText(error, io);
}

function jsonOf(error: unknown, interrupted: number | undefined): ErrorJson {
  const message = messageOf(error);
  if (interrupted !== undefined) {
    return { error: message, hint: null, code: "interrupted", exitCode: interrupted };
  }
  const exitCode = exitCodeOf(error);
  if (!(error instanceof LayerkeepError)) {
    const { stack } = error instanceof Error ? error : {};
    const hint = "this is a bug in Layerkeep; please report it with the stack";
    return {
      error: message,
      hint,
      code: "bug",
      exitCode,
      ...(stack === undefined ? {} : { stack }),
    };
  }
  const { hint = null, code } = error;
  const problems = error instanceof UsageError ? error.problems : [];
  const isPlaced = problems.some(({ file }) => file !== undefined);
  return { error: message, hint, code, exitCode, ...(isPlaced ? { problems } : {}) };
}

function printText(error: unknown, { err }: Io): void {
  const head = styled("red", "error:");
  if (!(error instanceof LayerkeepError)) {
    const stack = error instanceof Error ? error.stack : String(error);
    err(
      `${head} this is a bug in Layerkeep; please report it with the text below\n${stack ?? ""}\n`,
    );
    return;
  }
  const hint = error.hint === undefined ? "" : `hint: ${error.hint}\n`;
  err(`${head} ${error.message}\n${hint}`);
}
