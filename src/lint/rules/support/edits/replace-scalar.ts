import type { Fix } from "../../../finding.ts";
import type { Span } from "../../../yaml/node.ts";

/**
 * Writes `instead` for a value, in its quotes if it has any. Undefined if the span is not that value
 * as it is written: it comes from an expression, or is a part of a longer text.
 */
export function replaceScalar(span: Span, value: string, instead: string): Fix | undefined {
  const written = span.file.text.slice(span.start, span.end);
  const [, quote = "", inner] = /^(["']?)(.*)\1$/.exec(written) ?? [];
  if (inner !== value) return undefined;
  // `*` and `!` begin something else in YAML.
  const needsQuotes = quote === "" && /^[*!]/.test(instead);
  const text = needsQuotes ? `"${instead}"` : `${quote}${instead}${quote}`;
  return { title: `use ${instead}`, safe: false, edits: [{ span, text }] };
}
