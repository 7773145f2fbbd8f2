import type { Place } from "../../config/yaml/yaml-places.ts";

/** The files of one repository that are to be linted. */
export interface LintInput {
  /** Absolute path of the repository's root. */
  readonly root: string;
  /** Of the files to lint, relative to the root. */
  readonly paths: readonly string[];
  /** See `Repository`. */
  readonly files: ReadonlySet<string>;
  /** Texts that are used instead of what is on disk, by path. */
  readonly texts: ReadonlyMap<string, string>;
  readonly unreadable: readonly FileProblem[];
}

/** Why a file, or a part of it, cannot be linted. */
export interface FileProblem extends Place {
  /** Relative to the repository's root. */
  readonly path: string;
  readonly message: string;
}
