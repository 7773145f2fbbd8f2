import type { Finding } from "../lint/finding.ts";
import type { Difference } from "./check/compare.ts";
import type { Note } from "./notes.ts";

/** What became of old files. */
export interface Migration {
  /** The text of `layerkeep.yml`. */
  readonly config: string;
  /** The old files whose images are in it, by their paths. */
  readonly sources: readonly string[];
  readonly carried: Carried;
  /** The faults of the old files that the new ones do not have. */
  readonly fixed: readonly Finding[];
  /** What could not be carried over. */
  readonly lost: readonly Note[];
  readonly differences: readonly Difference[];
  /** Why the config is not valid yet, with its line: its plans could not be compared. */
  readonly problems: readonly string[];
}

/** What the config has. */
interface Carried {
  readonly variants: number;
  readonly legs: number;
  readonly repositories: readonly string[];
  /** The runs that were compared: "the tag v1.2.3". */
  readonly runs: readonly string[];
}
