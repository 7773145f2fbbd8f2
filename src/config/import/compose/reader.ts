import type { Variables } from "../../variables.ts";
import type { Path } from "../../yaml/yaml-file.ts";

/** What a Compose file says around a `build`. */
export interface ComposeReader {
  /** From the config's folder. */
  readonly file: string;
  /** Its top-level secrets. */
  readonly secrets: Readonly<Record<string, unknown>>;
  readonly variables: Variables;
  readonly problem: (path: Path, message: string, hint?: string) => void;
  /** Warns of something that does not keep the file from being imported. */
  readonly note: (path: Path, text: string) => void;
  /** A text with its variables replaced; what is wrong with them is reported. */
  readonly interpolated: (text: string, path: Path) => string;
}
