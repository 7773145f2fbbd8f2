import type { SourceFile } from "../../../yaml/node.ts";

/** A file is not valid HCL, or has what is not read here. */
export class HclError extends Error {}

/** A place in a text that moves forward. */
export interface Cursor {
  readonly file: SourceFile;
  readonly at: () => number;
  readonly isAtEnd: () => boolean;
  /** Moves over spaces and comments, up to the end of the line. */
  readonly takeSpaces: () => void;
  /** Moves over spaces, comments and line breaks. */
  readonly takeSpacesAndLines: () => void;
  /** Moves over a text if it is next. */
  readonly takes: (text: string) => boolean;
  /** Moves over what a sticky pattern matches. */
  readonly takeMatch: (pattern: RegExp) => string | undefined;
}

const spaces = /(?:[ \t\r]|\/\*[^]*?\*\/)+/y;
const spacesAndLines = /(?:\s|#.*|\/\/.*|\/\*[^]*?\*\/)+/y;

export function createCursor(file: SourceFile, start = 0, end = file.text.length): Cursor {
  const text = file.text.slice(0, end);
  let at = start;
  const takeMatch = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    at += found?.length ?? 0;
    return found;
  };
  return {
    file,
    at: () => at,
    isAtEnd: () => at >= text.length,
    takeSpaces: () => {
      takeMatch(spaces);
    },
    takeSpacesAndLines: () => {
      takeMatch(spacesAndLines);
    },
    takes: (wanted) => {
      const isNext = text.startsWith(wanted, at);
      if (isNext) at += wanted.length;
      return isNext;
    },
    takeMatch,
  };
}
