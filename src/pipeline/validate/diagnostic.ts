import type { Problem } from "../../errors.ts";

/** A problem, and what is marked on its line, as written there, if its column is not known. */
export interface Found extends Problem {
  readonly word?: string;
}

/** Something that is wrong in a file. */
export interface Diagnostic extends Found {
  /** `warning`: it fails nothing. */
  readonly severity: "error" | "warning";
  /** Absolute; undefined if it has no place. */
  readonly file: string | undefined;
}
