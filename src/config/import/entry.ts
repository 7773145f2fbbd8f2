import { UsageError } from "../../errors.ts";
import type { OwnTargets } from "../publish/publish.ts";
import type { RawVariant } from "../schema/variant-schema.ts";
import type { Path } from "../yaml/yaml-file.ts";

/** One entry of an imported file: a variant, or one platform of it. */
export interface ImportedEntry {
  /** The path of the import in the config. */
  readonly at: Path;
  /** Where the entry is written, for messages: `.github/matrix.yml:30`. */
  readonly place: string;
  readonly name: string;
  /**
   * What the entry itself sets. Its strings are kept as they are: no `{key}` in them is replaced.
   */
  readonly own: RawVariant;
  /** Named contexts that are other entries of the same file. */
  readonly linked: readonly string[];
  /** The import's `publish` and `preview`. */
  readonly published: OwnTargets;
  readonly runner: string | undefined;
  /** The values of `{key}` in strings that the variant inherits, besides `{name}`. */
  readonly values: Readonly<Record<string, string>>;
  /** Labels whose values may differ in another evaluation of the file. */
  readonly movingLabels: readonly string[];
}

/** The result of an import. */
export interface Imported {
  readonly entries: readonly ImportedEntry[];
  /**
   * What the file contains that no variant can express, and what in it may change between plans.
   */
  readonly warnings: readonly string[];
}

/** The limit on entries from all imports together. */
export const mostEntries = 2000;

/** Throws a usage error if one place of an imported file has more entries than all imports may. */
export function checkSize(place: string, size: number, what = "entries"): void {
  if (size <= mostEntries) return;
  throw new UsageError(`${place} has ${size} ${what}, but the limit is ${mostEntries}`);
}
