import { harmless } from "../harmless.ts";

/** The edge to the process, so that a command can be run without one. */
export interface Io {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Results. */
  readonly out: (text: string) => void;
  /** Progress and diagnostics. */
  readonly err: (text: string) => void;
  /** Columns of the terminal that `err` writes to; undefined where it is none. */
  readonly columns: () => number | undefined;
  /** Colour on `err`. */
  readonly colour: boolean;
  readonly now: () => Date;
  /** Aborts on Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
}

/** The flags that every command takes. */
export interface GlobalOptions {
  readonly config?: string;
  readonly var: Readonly<Record<string, string>>;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly color: boolean;
}

/** A warning on stderr. Others may have had a word in it: an engine, a registry. */
export function warn(io: Pick<Io, "err">, text: string): void {
  io.err(`warning: ${harmless(text)}\n`);
}
