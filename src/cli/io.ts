import type { Readable, Writable } from "node:stream";
import { harmless, harmlessColoured } from "../harmless.ts";
import type { LiveArea } from "../report/terminal/live-area.ts";
import type { ProgressMode } from "../report/progress/progress-mode.ts";
import { paint } from "../report/terminal/style.ts";

/** What a command uses of the process, so that tests can run it without one. */
export interface Io {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly stdin: () => AsyncIterable<Uint8Array>;
  /** For questions; gives undefined if there is no terminal to ask on. */
  readonly keyboard?: () => Keyboard | undefined;
  /** What runs the background server of the embedded registry; undefined: nothing does. */
  readonly backgroundServer?: { readonly argv: readonly string[]; readonly cwd: string };
  /** Results, made harmless: they may contain text from a registry, a Dockerfile or a build. */
  readonly out: (text: string) => void;
  /** Like `out`, but text from a build keeps its colours if stdout is a terminal with colour. */
  readonly outColoured: (text: string) => void;
  /** Progress and diagnostics, made harmless. */
  readonly err: (text: string) => void;
  /** Shows a warning in another way than as a line on `err`. */
  readonly warn?: (text: string) => void;
  /** Our own control sequences and JSON, written to the stream of `err` as they are. */
  readonly draw: (sequence: string) => void;
  /** The last rows of the terminal that `err` writes to; undefined if it is not a terminal. */
  readonly terminal: LiveArea | undefined;
  /** Columns of the terminal that `out` writes to, for tables; undefined if it is not a terminal. */
  readonly pageColumns: () => number | undefined;
  /** How progress is shown. */
  readonly progress: ProgressMode;
  /** Colour on `err`. */
  readonly colour: boolean;
  readonly now: () => Date;
  /** Seconds since the command began. */
  readonly elapsed: () => number;
  /** Aborts on Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
  /** Lets the command take as long as it needs to stop. A second Ctrl-C still stops it at once. */
  readonly takeTime?: () => void;
}

/** What a person types into a terminal, and where it is shown. */
export interface Keyboard {
  readonly input: Readable;
  readonly output: Writable;
}

/**
 * Everything that is printed passes through here, so that no command can forget to make it harmless.
 * Our own styles are shown on the streams that have colours.
 */
export function harmlessOutput(
  stdout: (text: string) => void,
  stderr: (text: string) => void,
  coloured = false,
  colouredErr = false,
): Pick<Io, "out" | "outColoured" | "err" | "draw"> {
  return {
    out: (text) => stdout(paint(harmless(text), coloured)),
    outColoured: (text) => stdout(coloured ? harmlessColoured(text) : harmless(text)),
    err: (text) => stderr(paint(harmless(text), colouredErr)),
    draw: stderr,
  };
}

export type { ConfigOptions, GlobalOptions, QuietOptions } from "./program/flag-groups.ts";

/** Shows a warning: on stderr, if there is no other way. Made harmless: it may contain any text. */
export function warn(io: Pick<Io, "err" | "warn">, text: string): void {
  const line = harmless(text);
  if (io.warn === undefined) io.err(`warning: ${line}\n`);
  else io.warn(line);
}
