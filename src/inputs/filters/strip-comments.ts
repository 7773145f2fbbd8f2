import { type Lexis, lexisOf } from "./lexical.ts";

/**
 * A source text without its comments, trailing white space and empty lines. A comment counts as one
 * space. Undefined if the language is unknown, or if it is uncertain what is a comment: then the
 * text counts as it is.
 */
export function stripComments(text: string, path: string): string | undefined {
  const lexis = lexisOf(path);
  if (lexis === undefined || lexis.opaque?.test(text) === true) return undefined;
  // A backslash before trailing white space: some compilers treat it as a line continuation.
  if (/\\[ \t]+\r?\n/.test(text)) return undefined;
  const stripped = strip(text, lexis);
  return stripped === undefined ? undefined : withoutEmptyLines(stripped);
}

/** Separates strings and comments; undefined if one of them does not end. */
function strip(text: string, lexis: Lexis): string | undefined {
  if (text.includes("\u0000")) return undefined;
  // Strings are set aside, so that their lines and spaces stay as they are.
  const kept: string[] = [];
  let from = 0;
  let at = 0;
  const flush = (to: number): void => void kept.push(withoutTrailingSpace(text.slice(from, to)));
  while (at < text.length) {
    const form = lexis.texts.find(({ open }) => text.startsWith(open, at));
    if (form !== undefined) {
      const end = endOfText(text, at + form.open.length, form);
      if (end === undefined) return undefined;
      flush(at);
      kept.push(mark(text.slice(at, end)));
      at = from = end;
    } else if (lexis.block !== undefined && text.startsWith(lexis.block.open, at)) {
      const end = endOfBlock(text, at, lexis.block);
      if (end === undefined || joinsLines(text, at, end)) return undefined;
      flush(at);
      kept.push(" ");
      at = from = end;
    } else if (isLineComment(text, at, lexis)) {
      // A script's first line may name its interpreter.
      const end = endOfLine(text, at);
      if (at > 0 || !text.startsWith("#!")) {
        flush(at);
        from = end;
      }
      at = end;
    } else {
      at += 1;
    }
  }
  flush(text.length);
  return kept.join("");
}

/** Hides a string's line breaks from the code that tidies lines; never empty. */
function mark(text: string): string {
  return text.replaceAll("\n", "\u0000");
}

function endOfText(
  text: string,
  start: number,
  { close, escapes, lines }: Lexis["texts"][number],
): number | undefined {
  for (let at = start; at < text.length; at++) {
    if (escapes && text[at] === "\\") at += 1;
    else if (text.startsWith(close, at)) return at + close.length;
    else if (!lines && text[at] === "\n") return undefined;
  }
  return undefined;
}

function endOfBlock(
  text: string,
  start: number,
  { open, close, nests }: NonNullable<Lexis["block"]>,
): number | undefined {
  let depth = 1;
  for (let at = start + open.length; at < text.length; at++) {
    if (text.startsWith(close, at)) {
      depth -= 1;
      if (depth === 0) return at + close.length;
      at += close.length - 1;
    } else if (nests && text.startsWith(open, at)) {
      depth += 1;
      at += open.length - 1;
    }
  }
  return undefined;
}

/**
 * Whether code precedes and follows it on lines that it joins: languages disagree whether that is
 * one line or two.
 */
function joinsLines(text: string, at: number, end: number): boolean {
  if (!text.slice(at, end).includes("\n")) return false;
  const before = text.slice(text.lastIndexOf("\n", at - 1) + 1, at);
  const behind = text.slice(end, endOfLine(text, end));
  return before.trim() !== "" && behind.trim() !== "";
}

function isLineComment(text: string, at: number, { line, lineAtWord }: Lexis): boolean {
  if (!line.some((mark) => text.startsWith(mark, at))) return false;
  return lineAtWord !== true || at === 0 || /[\s;&|()]/.test(text.charAt(at - 1));
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end;
}

function withoutTrailingSpace(code: string): string {
  return code.replace(/[ \t\r]+(?=\n)/g, "");
}

function withoutEmptyLines(text: string): string {
  const lines: string[] = [];
  for (const line of text.split("\n").map((each) => each.trimEnd())) {
    // A continuation counts, even if it is empty.
    if (line !== "" || lines.at(-1)?.endsWith("\\") === true) lines.push(line);
  }
  return lines.join("\n");
}
