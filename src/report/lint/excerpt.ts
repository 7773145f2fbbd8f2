import type { Span } from "../../lint/yaml/node.ts";

/** Longer lines are cut around what is marked. */
const mostColumns = 160;

/** The first line of a part of a file, with its number and with carets below the part. */
export function renderExcerpt({ file, start, end }: Span): readonly string[] {
  const { line, column } = file.placeOf(start);
  const from = start - (column - 1);
  const next = file.text.indexOf("\n", start);
  const text = file.text.slice(from, next < 0 ? undefined : next).replace(/\r$/, "");
  const marked = Math.max(1, Math.min(end - start, text.length - (column - 1)));
  const { shown, before } = windowOf(text.replaceAll("\t", " "), column - 1, marked);
  const length = Math.min(marked, shown.length - before);
  const gutter = " ".repeat(String(line).length);
  return [
    `${gutter} |`,
    `${line} | ${shown}`.trimEnd(),
    `${gutter} | ${" ".repeat(before)}${"^".repeat(Math.max(1, length))}`,
  ];
}

/** A part of a long line, and how much of it is before what is marked. */
function windowOf(
  text: string,
  before: number,
  marked: number,
): { readonly shown: string; readonly before: number } {
  if (text.length <= mostColumns) return { shown: text, before };
  const room = Math.max(20, mostColumns - marked) >> 1;
  const from = Math.max(0, before - room);
  const head = from > 0 ? "…" : "";
  const shown = `${head}${text.slice(from, from + mostColumns)}`;
  const tail = from + mostColumns < text.length ? "…" : "";
  return { shown: `${shown}${tail}`, before: head.length + before - from };
}
