import type { Span } from "../lint/yaml/node.ts";

/** Something to tell about the old files, and where it is written. */
export interface Note {
  readonly span: Span;
  /** One sentence, without a period. */
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string | undefined;
}

/** Collects notes; the same note of several events or rows of a matrix is kept once. */
export interface Notes {
  readonly add: (span: Span, message: string, hint?: string) => void;
  /** In the order of files and lines. */
  readonly all: () => readonly Note[];
}

export function createNotes(): Notes {
  const notes = new Map<string, Note>();
  return {
    add: (span, message, hint) => {
      const key = JSON.stringify([span.file.path, span.start, message]);
      if (!notes.has(key)) notes.set(key, { span, message, hint });
    },
    all: () =>
      [...notes.values()].sort(
        ({ span: a }, { span: b }) =>
          a.file.path.localeCompare(b.file.path) || a.start - b.start || a.end - b.end,
      ),
  };
}
