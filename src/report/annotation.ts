import { harmless } from "../harmless.ts";

export type Level = "error" | "warning" | "notice";

/** A place in a file of the repository, and a title. */
export interface Place {
  /** From the repository's root. */
  readonly file?: string | undefined;
  /** 1-based. */
  readonly line?: number | undefined;
  /** 1-based. */
  readonly col?: number | undefined;
  readonly endLine?: number | undefined;
  /** Only if it is on the same line as `col`. */
  readonly endColumn?: number | undefined;
  /** Shown above the text. */
  readonly title?: string | undefined;
}

/**
 * A message as a workflow command of GitHub Actions, which shows it in the run's overview and, if
 * it has a place, beside the line in a pull request.
 */
export function renderAnnotation(
  level: Level,
  text: string,
  { file, line, col, endLine, endColumn, title }: Place = {},
): string {
  const properties = Object.entries({ file, line, col, endLine, endColumn, title }).flatMap(
    ([name, value]) => (value === undefined ? [] : [`${name}=${escapeProperty(String(value))}`]),
  );
  return `::${[level, properties.join(",")].join(" ").trimEnd()}::${escapeData(harmless(text))}`;
}

/** As actions/toolkit escapes them (packages/core/src/command.ts). */
export function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
