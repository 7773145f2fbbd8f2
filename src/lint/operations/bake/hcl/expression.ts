import type { Span } from "../../../yaml/node.ts";

/** A value in a bake file, as it is written. */
export type Expression = Span &
  (
    | { readonly kind: "template"; readonly parts: readonly (string | Expression)[] }
    | { readonly kind: "literal"; readonly value: string | null }
    | { readonly kind: "list"; readonly items: readonly Expression[] }
    | { readonly kind: "object"; readonly entries: readonly ObjectEntry[] }
    | { readonly kind: "name"; readonly name: string }
    | { readonly kind: "call"; readonly name: string; readonly args: readonly Expression[] }
    | { readonly kind: "operation"; readonly by: string; readonly args: readonly Expression[] }
    | { readonly kind: "opaque" }
  );

export interface ObjectEntry {
  readonly key: string;
  readonly value: Expression;
}

/** What a file or a block holds. */
export interface Body {
  readonly attributes: ReadonlyMap<string, Expression>;
  readonly blocks: readonly Block[];
}

export interface Block {
  readonly type: string;
  /** Its first label: the name of a target. */
  readonly name: string;
  readonly span: Span;
  readonly body: Body;
}
