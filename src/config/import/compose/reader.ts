import type { Variables } from "../../variables.ts";
import type { Path } from "../../yaml/yaml-file.ts";

/** What a Compose file contains around a `build`. */
export interface ComposeReader {
  /** Relative to the config's folder. */
  readonly file: string;
  /** Its top-level secrets. */
  readonly secrets: Readonly<Record<string, unknown>>;
  readonly variables: Variables;
  readonly problem: (path: Path, message: string, hint?: string) => void;
  /** Adds a warning that does not prevent the import. */
  readonly note: (path: Path, text: string) => void;
  /** A text with its variables replaced; problems with them are reported. */
  readonly interpolated: (text: string, path: Path) => string;
}
