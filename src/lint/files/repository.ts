import type { SourceFile } from "../yaml/node.ts";

/** The checkout that a linted file belongs to. */
export interface Repository {
  /** Absolute path of its root. */
  readonly root: string;
  /** Every file that git tracks or would track, relative to the root; empty without git. */
  readonly files: ReadonlySet<string>;
  /** The text of a file in it; undefined if it does not exist, is too large, or is not text. */
  readonly read: (path: string) => SourceFile | undefined;
}
