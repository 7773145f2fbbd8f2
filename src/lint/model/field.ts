import type { Text } from "../expressions/value.ts";
import type { Span } from "../yaml/node.ts";

/** A value and where it is written. */
export interface Field {
  readonly value: Text;
  readonly span: Span;
}
