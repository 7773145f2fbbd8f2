/** A line of a file, and the part of it that is marked. */
export interface MarkedLine {
  readonly text: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based. */
  readonly column: number;
  /** Characters. */
  readonly length: number;
}

/** Longer lines are cut around what is marked. */
const mostColumns = 160;

/** A line with its number, and with carets below what is marked, as compilers show it. */
export function renderMarkedLine({ text, line, column, length }: MarkedLine): readonly string[] {
  const marked = Math.max(1, Math.min(length, text.length - (column - 1)));
  const { shown, before } = windowOf(text.replaceAll("\t", " "), column - 1, marked);
  const carets = Math.min(marked, shown.length - before);
  const gutter = " ".repeat(String(line).length);
  return [
    `${gutter} |`,
    `${line} | ${shown}`.trimEnd(),
    `${gutter} | ${" ".repeat(before)}${"^".repeat(Math.max(1, carets))}`,
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
