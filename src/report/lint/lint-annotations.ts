import { join } from "node:path";
import type { Finding, Severity } from "../../lint/finding.ts";
import type { Level, Place } from "../annotation.ts";
import { type LintOutcome, rulePage } from "./outcome.ts";

export interface Annotation {
  readonly level: Level;
  readonly text: string;
  readonly place: Place;
}

const levels: Readonly<Record<Severity, Level>> = {
  error: "error",
  warning: "warning",
  note: "notice",
};

/** Findings and problems as annotations; files are named by their absolute path. */
export function lintAnnotations({ inputs }: LintOutcome): readonly Annotation[] {
  return inputs.flatMap(({ linted: { input, findings, problems } }) => [
    ...problems.map(({ path, line, column, message }) => {
      const file = join(input.root, path);
      return { level: "error", text: message, place: { file, line, col: column } } as const;
    }),
    ...findings.map((finding) => annotationOf(finding, input.root)),
  ]);
}

function annotationOf({ rule, severity, message, span, fix }: Finding, root: string): Annotation {
  const [start, end] = [span.file.placeOf(span.start), span.file.placeOf(span.end)];
  // GitHub takes columns only if both are on one line.
  const columns = start.line === end.line ? { col: start.column, endColumn: end.column } : {};
  return {
    level: levels[severity],
    text: [message, ...(fix === undefined ? [] : [`fix: ${fix.title}`]), rulePage(rule)].join("\n"),
    place: {
      file: join(root, span.file.path),
      line: start.line,
      endLine: end.line,
      ...columns,
      title: rule,
    },
  };
}
