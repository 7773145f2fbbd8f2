import type { Field } from "../../model/field.ts";
import type { Span } from "../../yaml/node.ts";
import type { Shell } from "./shell.ts";

/** One argument of a command. */
export interface Argument extends Field {
  /** It is all of an unquoted value that is not known: it may be any number of arguments. */
  readonly loose: boolean;
}

/** A command that a script runs, with its words expanded. */
export interface Invocation {
  /** Without folders: `docker`. */
  readonly program: string;
  readonly args: readonly Argument[];
  readonly span: Span;
  readonly shell: Shell;
}

/** Where the value of a word in quotes is written. */
export function withoutQuotes(span: Span): Span {
  const { file, start, end } = span;
  const written = file.text.slice(start, end);
  const isQuoted = /^"[^"]+"$|^'[^']+'$/.test(written);
  return isQuoted ? { file, start: start + 1, end: end - 1 } : span;
}
