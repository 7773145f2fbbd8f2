import { isUnknown, type Json, plainText, type Value } from "./value.ts";

/** A value as JSON; undefined if a part of it is not known. */
export function jsonText(value: Json): string | undefined {
  return hasUnknown(value) ? undefined : JSON.stringify(value, undefined, 2);
}

/** Whether two values are equal as texts, without regard to case. */
export function equalTexts(left: Json, right: Json): boolean {
  return plainText(left).toLowerCase() === plainText(right).toLowerCase();
}

function hasUnknown(value: Value): boolean {
  if (isUnknown(value)) return true;
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some((inner: Value) => hasUnknown(inner));
}
