import { splitText, type Text } from "../expressions/value.ts";
import type { Settings } from "../model/operation.ts";
import type { Field } from "../model/field.ts";
import { spanWithin } from "../yaml/node.ts";

/** The lines of a value, each with where it is written; empty ones are left out. */
export function linesOf(field: Field | undefined): readonly Field[] {
  return partsOf(field, /\r?\n/);
}

/** The items of a list that may be written with commas or on lines. */
export function listOf(field: Field | undefined): readonly Field[] {
  return partsOf(field, /[\r\n,]+/);
}

function partsOf(field: Field | undefined, separator: RegExp): readonly Field[] {
  if (field === undefined) return [];
  const { value, span } = field;
  let from = span.start;
  return splitText(value, separator).flatMap((part) => {
    const text = part.text.trim();
    if (text === "") return [];
    const found = spanWithin(span, text, from);
    from = found === span ? from : found.end;
    return [{ value: { ...part, text }, span: found }];
  });
}

/** Cache imports or exports, or outputs: one on each line. */
export function settingsOf(field: Field | undefined): readonly Settings[] {
  return linesOf(field).map(parseSettings);
}

/**
 * A value such as `type=registry,ref=…`. Without `=` it is a reference, as buildx takes it:
 * `type=registry,ref=VALUE`.
 */
export function parseSettings({ value, span }: Field): Settings {
  const attributes = new Map<string, Text>();
  for (const part of splitText(value, ",")) {
    const equals = part.text.indexOf("=");
    const isNamed = equals > 0 && /^\s*"?[\w.-]+$/.test(part.text.slice(0, equals));
    const key = isNamed ? part.text.slice(0, equals).replace('"', "").trim().toLowerCase() : "";
    const text = (isNamed ? part.text.slice(equals + 1) : part.text).trim().replace(/"$/, "");
    attributes.set(key, { ...part, text });
  }
  const bare = attributes.get("");
  if (bare !== undefined && attributes.size === 1 && value.unknown.length === 0) {
    return { value, span, type: "registry", attributes: new Map([["ref", bare]]) };
  }
  const type = attributes.get("type");
  const known = type !== undefined && type.unknown.length === 0 ? type.text : undefined;
  return { value, span, type: known, attributes };
}
