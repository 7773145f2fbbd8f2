import type { Values } from "../../expressions/scope.ts";
import { isUnknown, type Value } from "../../expressions/value.ts";

/** Tells values apart by what is in them. */
export interface Ids {
  /** Equal for equal values, and for no others: texts, numbers and the like are their own. */
  readonly of: (value: Value | Values | undefined) => unknown;
}

export function createIds(): Ids {
  const byContent = new Map<string, bigint>();
  const byObject = new WeakMap<object, bigint>();
  const of: Ids["of"] = (value) => {
    if (typeof value !== "object" || value === null) return value;
    const known = byObject.get(value);
    if (known !== undefined) return known;
    const content = contentOf(value);
    // No value is a bigint itself.
    const id = byContent.get(content) ?? BigInt(byContent.size);
    byContent.set(content, id);
    byObject.set(value, id);
    return id;
  };
  const contentOf = (value: object & (Value | Values)): string => {
    const kind = isUnknown(value) ? "?" : Array.isArray(value) ? "[" : "{";
    const parts = Object.entries(value).map(([key, inner]: [string, Value | undefined]) => {
      const id = of(inner);
      return `${JSON.stringify(key)}:${typeof id === "bigint" ? `${id}n` : JSON.stringify(id)}`;
    });
    return `${kind}${parts.join()}`;
  };
  return { of };
}
