import type { Typed } from "../../support/pseudo-terminal.ts";

/** What has to be in an output. */
export type Expected = string | RegExp;

/** One thing that a newcomer types, and what must come of it. */
export interface Step {
  /** What the newcomer wants. */
  readonly title: string;
  /** Read by bash, in the folder of the chapter. */
  readonly types: string;
  /** The exit code. Default: 0. */
  readonly exits?: number;
  /** What standard output contains; in a terminal, what was shown. */
  readonly prints?: readonly Expected[];
  /** What standard error contains. */
  readonly says?: readonly Expected[];
  /** What is in neither of the two. */
  readonly never?: readonly Expected[];
  /** What later steps need of the output: a variable's name, and a pattern with one group. */
  readonly keeps?: Readonly<Record<string, RegExp>>;
  /** If it is typed in a terminal: its size, and the keys that follow. */
  readonly terminal?: {
    readonly columns: number;
    readonly rows: number;
    readonly keys?: readonly Typed[];
  };
}

/** Steps in one place. */
export interface Chapter {
  readonly title: string;
  /** The folder, below the one that everything is in. */
  readonly folder: string;
  /** Whose steps they are: those of `colleague`, who is not root. Default: the newcomer's. */
  readonly user?: "colleague";
  /** Beside the variables that all steps have. */
  readonly env?: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}
