import type { Span } from "../../../lint/yaml/node.ts";

/** A login as it is written: undefined for a part that is not a secret. */
export interface WrittenLogin {
  readonly span: Span;
  /** Undefined if only a run can tell. */
  readonly registry: string | undefined;
  readonly username: string | undefined;
  readonly password: string | undefined;
}
