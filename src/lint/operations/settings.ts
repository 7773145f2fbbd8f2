import { splitText, type Text } from "../expressions/value.ts";
import type { Settings } from "../model/operation.ts";
import type { Field } from "../model/field.ts";
import { type Span, spanWithin } from "../yaml/node.ts";

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
  const parts = splitText(value, separator).filter(({ text }) => text.trim() !== "");
  const written = writtenParts(span, separator);
  let from = span.start;
  return parts.map((part, at) => {
    const text = part.text.trim();
    let found = spanWithin(span, text, from);
    // Its expressions have been evaluated: the order tells which part it is.
    if (found === span && written.length === parts.length) found = written[at] ?? span;
    from = found === span ? from : found.end;
    return { value: { ...part, text }, span: found };
  });
}

/** The parts of a scalar as they are written, without quotes and the header of a block. */
function writtenParts({ file, start, end }: Span, separator: RegExp): readonly Span[] {
  const raw = file.text.slice(start, end);
  const [opening = ""] = /^(?:["']|[|>][^\n]*\n)/.exec(raw) ?? [];
  const closing = /^["']/.test(opening) && raw.endsWith(opening) ? 1 : 0;
  let from = start + opening.length;
  const within: Span = { file, start: from, end: end - closing };
  const content = file.text.slice(within.start, within.end);
  return splitText({ text: content, unknown: [] }, separator).flatMap(({ text }) => {
    if (text.trim() === "") return [];
    const found = spanWithin(within, text, from);
    from = found.end;
    return [found];
  });
}

/** Platforms; `local` is the builder's own, as if none were named. */
export function platformsIn(fields: readonly Field[]): readonly Field[] {
  return fields.filter(({ value }) => value.text !== "local");
}

/** Cache imports or exports: one on each line. */
export function settingsOf(field: Field | undefined): readonly Settings[] {
  return linesOf(field).map(parseSettings);
}

/**
 * An output such as `type=image,push=true`. Without `=` it is a folder, as buildx takes it:
 * `type=local,dest=VALUE`; `-` is an archive on standard output.
 */
export function parseOutput(field: Field): Settings {
  const { value, span } = field;
  const isPath = /^(?:\.{0,2}\/|[^=$]+$)/.test(value.text);
  if (!isPath) return parseSettings(field);
  return {
    value,
    span,
    type: value.text === "-" ? "tar" : "local",
    attributes: new Map([["dest", value]]),
  };
}

/**
 * A value such as `type=registry,ref=…`. Without `=` it is a reference, as buildx takes it:
 * `type=registry,ref=VALUE`.
 */
export function parseSettings({ value, span }: Field): Settings {
  const attributes = new Map<string, Text>();
  for (const part of fieldsOf(value)) {
    const equals = part.text.indexOf("=");
    const isNamed = equals > 0 && /^\s*[\w.-]+$/.test(part.text.slice(0, equals));
    const key = isNamed ? part.text.slice(0, equals).trim().toLowerCase() : "";
    attributes.set(key, {
      ...part,
      text: (isNamed ? part.text.slice(equals + 1) : part.text).trim(),
    });
  }
  const bare = attributes.get("");
  if (bare !== undefined && attributes.size === 1 && value.unknown.length === 0) {
    return { value, span, type: "registry", attributes: new Map([["ref", bare]]) };
  }
  const type = attributes.get("type");
  const known = type !== undefined && type.unknown.length === 0 ? type.text : undefined;
  return { value, span, type: known, attributes };
}

/** The fields of a line of CSV. One with a comma in it is written in quotes: `"name=a,b"`. */
function fieldsOf(value: Text): readonly Text[] {
  const text = value.text.replace(/"[^"]*"/g, (quoted) =>
    quoted.replace(/\$\{\{.*?\}\}|,/gs, (found) => (found === "," ? comma : found)),
  );
  return splitText({ ...value, text }, ",").map((part) => ({
    ...part,
    text: part.text.trim().replace(/^"|"$/g, "").replaceAll(comma, ","),
  }));
}

/** Stands for a comma that separates nothing. */
const comma = "\u0001";
