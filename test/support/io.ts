import { Readable } from "node:stream";
import { harmlessOutput, type Io } from "../../src/cli/io.ts";

export interface TestIo {
  readonly io: Io;
  /** What was written so far. */
  readonly out: () => string;
  readonly err: () => string;
}

/** An edge without a process: no environment, no terminal, a clock that does not move. */
export function testIo(changes: Partial<Io> = {}): TestIo {
  const out: string[] = [];
  const err: string[] = [];
  return {
    io: {
      env: {},
      cwd: "/",
      stdin: () => Readable.from([]),
      ...harmlessOutput(
        (text) => void out.push(text),
        (text) => void err.push(text),
      ),
      terminal: undefined,
      pageColumns: () => undefined,
      progress: "plain",
      colour: false,
      now: () => new Date("2026-11-21T04:00:00Z"),
      elapsed: () => 0,
      signal: new AbortController().signal,
      ...changes,
    },
    out: () => out.join(""),
    err: () => err.join(""),
  };
}
