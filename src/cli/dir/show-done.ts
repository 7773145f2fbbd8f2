import type { GlobalOptions, Io } from "../io.ts";
import { show } from "../show/show-result.ts";

/** What was done with a cache that was asked for. */
export interface Done<Result> {
  /** As `--json` prints it. A key has no name. */
  readonly result: Result & { readonly name?: string; readonly key: string };
  /** A line about it. */
  readonly text: string;
}

/** Prints what was done: of a key alone, or of all names. */
export function showDone<Result>(
  done: readonly Done<Result>[],
  options: GlobalOptions,
  io: Io,
): void {
  const dirs = done.map(({ result }) => result);
  const [first] = dirs;
  const isKey = first !== undefined && first.name === undefined;
  show(io, options, isKey ? first : { dirs }, () => done.map(({ text }) => text).join("\n"));
}
