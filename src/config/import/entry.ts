import type { RawVariant } from "../schema/schema.ts";
import type { Path } from "../yaml/yaml-file.ts";

/** One entry of an imported file: a variant, or one platform of it. */
export interface ImportedEntry {
  /** Of the import in the config. */
  readonly at: Path;
  /** Where the entry is written, for messages: `.github/matrix.yml:30`. */
  readonly place: string;
  readonly name: string;
  /** What the entry says itself. Its texts are kept as they are: no `{key}` in them is replaced. */
  readonly own: RawVariant;
  readonly runner: string | undefined;
  /** What `{key}` stands for in the texts that the variant inherits, besides `{name}`. */
  readonly values: Readonly<Record<string, string>>;
  /** Labels whose values another evaluation of the file may change. */
  readonly movingLabels: readonly string[];
}

/** What an import gives. */
export interface Imported {
  readonly entries: readonly ImportedEntry[];
  /** What the file says and no variant can, and what in it may change from plan to plan. */
  readonly warnings: readonly string[];
}

/** All imports together make at most this many entries. */
export const mostEntries = 2000;
