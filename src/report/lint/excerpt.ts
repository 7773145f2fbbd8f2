import type { Span } from "../../lint/yaml/node.ts";
import { renderMarkedLine } from "../excerpt.ts";

/** The first line of a part of a file, with its number and with carets below the part. */
export function renderExcerpt({ file, start, end }: Span): readonly string[] {
  const { line, column } = file.placeOf(start);
  const next = file.text.indexOf("\n", start);
  const whole = file.text.slice(start - (column - 1), next < 0 ? undefined : next);
  const text = whole.replace(/\r$/, "");
  return renderMarkedLine({ text, line, column, length: end - start });
}
