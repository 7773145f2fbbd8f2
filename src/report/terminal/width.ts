import stringWidth from "string-width";
import type { Line } from "./live-area.ts";
import { withoutMarks } from "./style.ts";

const graphemes = new Intl.Segmenter();

/** How many columns a terminal needs for a text in one line, without its styles. */
export function widthOf(text: string): number {
  return stringWidth(withoutMarks(text));
}

/** The text if it fits into so many columns; else its beginning and `…`. */
export function clip(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let kept = "";
  let width = 0;
  for (const { segment } of graphemes.segment(text)) {
    width += widthOf(segment);
    if (width > columns - 1) break;
    kept += segment;
  }
  return columns < 1 ? "" : `${kept.trimEnd()}…`;
}

/** The text if it fits into so many columns; else `…` and its end. */
export function clipStart(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  const segments = [...graphemes.segment(text)].map(({ segment }) => segment);
  let width = 1;
  const before = segments.findLastIndex((segment) => (width += widthOf(segment)) > columns);
  return columns < 1
    ? ""
    : `…${segments
        .slice(before + 1)
        .join("")
        .trimStart()}`;
}

/** The text, filled up with spaces to so many columns. */
export function pad(text: string, columns: number, right = false): string {
  const space = " ".repeat(Math.max(0, columns - widthOf(text)));
  return right ? space + text : text + space;
}

/** A text in one line of at most so many columns. */
export function lineOf(text: string, columns: number): Line {
  const kept = clip(text.replaceAll("\n", " ").replaceAll("\t", " "), columns);
  return { text: kept, width: widthOf(kept) };
}
