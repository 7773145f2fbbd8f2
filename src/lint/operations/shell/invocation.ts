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
