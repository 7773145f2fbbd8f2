import { harmless } from "../harmless.ts";

/** The edge to the process, so that a command can be run without one. */
export interface Io {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Results, made harmless: a registry, a Dockerfile or a build may have had a word in them. */
  readonly out: (text: string) => void;
  /** Progress and diagnostics, made harmless. */
  readonly err: (text: string) => void;
  /** Control sequences of our own, for the terminal that `err` writes to. Never another's text. */
  readonly draw: (sequence: string) => void;
  /** Columns of the terminal that `err` writes to; undefined where it is none. */
  readonly columns: () => number | undefined;
  /** Colour on `err`. */
  readonly colour: boolean;
  readonly now: () => Date;
  /** Aborts on Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
}

/** All that is printed goes through here, so that no command can forget to make it harmless. */
export function harmlessOutput(
  stdout: (text: string) => void,
  stderr: (text: string) => void,
): Pick<Io, "out" | "err" | "draw"> {
  return {
    out: (text) => stdout(harmless(text)),
    err: (text) => stderr(harmless(text)),
    draw: stderr,
  };
}

/** The flags that every command takes. */
export interface GlobalOptions {
  readonly config?: string;
  readonly var: Readonly<Record<string, string>>;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly color: boolean;
}

/** A warning on stderr, each of its lines harmless: an engine or a registry may have had a word in it. */
export function warn(io: Pick<Io, "err">, text: string): void {
  io.err(`warning: ${harmless(text)}\n`);
}
