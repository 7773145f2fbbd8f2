import { UsageError } from "./errors.ts";

/**
 * The fields of one line of CSV as Go's encoding/csv reads it, and so buildx: a field that begins
 * with a quote ends with one, and a quote inside it is doubled. Throws a usage error for a
 * misplaced quote.
 */
export function parseCsvLine(line: string): string[] {
  if (/[\r\n]/.test(line)) throw new UsageError("it contains a line break");
  const fields: string[] = [];
  let rest = line;
  while (true) {
    const quoted = rest.startsWith('"');
    const match = (quoted ? /^"((?:[^"]|"")*)"(?=,|$)/ : /^([^",]*)(?=,|$)/).exec(rest);
    if (match === null) {
      throw new UsageError(
        quoted ? "it contains an unclosed quote" : "it contains a quote inside an unquoted field",
        {
          hint: 'put quotes around the entire field, and double any quotes inside it: type=raw,"value=a,b"',
        },
      );
    }
    fields.push((match[1] ?? "").replaceAll('""', '"'));
    if (match[0].length === rest.length) return fields;
    rest = rest.slice(match[0].length + 1);
  }
}

/**
 * `key=value` fields by key, in lower case as buildx and docker/metadata-action take them. At most
 * one field may lack `=`; its key is empty. Throws a usage error for a repeated key.
 */
export function parseAttributes(line: string): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const field of parseCsvLine(line)) {
    const equals = field.indexOf("=");
    const key = equals < 0 ? "" : field.slice(0, equals).trim().toLowerCase();
    if (attributes.has(key)) {
      throw new UsageError(
        key === "" ? "it contains two values without a key" : `${key} is set twice`,
      );
    }
    attributes.set(key, field.slice(equals + 1).trim());
  }
  return attributes;
}

/** A field of one line of CSV, quoted if Go's encoding/csv asks for it. */
export function formatCsvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
