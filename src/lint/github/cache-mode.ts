import type { Scope } from "../expressions/scope.ts";
import { knownText, textOfValue } from "../expressions/value.ts";
import type { Field } from "../model/field.ts";
import type { ScalarNode } from "../yaml/node.ts";
import { valueIn } from "./contexts.ts";

/**
 * What a job may do with the Actions cache: its `cache-mode`, or its workflow's, within what the
 * caller of the workflow may do. Undefined if none of them is set.
 */
export function cacheModeOf(
  own: ScalarNode | undefined,
  callers: Field | undefined,
  scope: Scope,
): Field | undefined {
  if (own === undefined) return callers;
  const field = { value: textOfValue(valueIn(own, scope)), span: own };
  return callers === undefined ? field : stricter(field, callers);
}

function stricter(own: Field, callers: Field): Field {
  const mode = knownText(own.value);
  const limit = knownText(callers.value);
  if (mode === undefined || limit === "write" || mode === "none" || mode === limit) return own;
  if (limit === undefined || limit === "none" || mode === "write") return callers;
  // One only reads, the other only writes.
  return { value: { text: "none", unknown: [] }, span: own.span };
}
