import { relative } from "node:path";
import type { Diagnostic } from "../../pipeline/validate/diagnostic.ts";
import type { Validation } from "../../pipeline/validate/validate-config.ts";
import type { Annotation } from "../lint/lint-annotations.ts";
import { type MarkedLine, renderMarkedLine } from "../excerpt.ts";
import { count } from "../../count.ts";

/** What the reports show beside a validation. */
export interface ValidationView {
  /** The config's path. */
  readonly file: string;
  /** Paths are shown from here. */
  readonly cwd: string;
  /** The text of a file; undefined if it cannot be read. */
  readonly textOf: (file: string) => string | undefined;
}

/** Everything that is wrong, each with its line, as compilers show it. The last line counts. */
export function renderValidation(
  { diagnostics, variants, legs }: Validation,
  view: ValidationView,
): string {
  const sections = diagnostics.map((one) => renderDiagnostic(one, view));
  const of = (severity: Diagnostic["severity"]): number =>
    diagnostics.filter((one) => one.severity === severity).length;
  const found = (["error", "warning"] as const)
    .filter((severity) => of(severity) > 0)
    .map((severity) => count(of(severity), severity));
  const size = `${count(variants, "variant")}, ${count(legs, "leg")}`;
  const name = relative(view.cwd, view.file);
  const verdict = of("error") > 0 ? "is not valid" : "is valid";
  return [...sections, [`${name} ${verdict}: ${size}`, ...found].join(", ")].join("\n\n");
}

function renderDiagnostic(diagnostic: Diagnostic, { cwd, textOf }: ValidationView): string {
  const { severity, message, hint, file } = diagnostic;
  const place = placeOf(diagnostic, textOf);
  const indent = " ".repeat(String(place.line ?? "").length);
  const where = [file === undefined ? undefined : relative(cwd, file), place.line, place.column];
  return [
    `${severity}: ${message}`,
    ...(file === undefined
      ? []
      : [`${indent}--> ${where.filter((one) => one !== undefined).join(":")}`]),
    ...(place.marked === undefined ? [] : renderMarkedLine(place.marked)),
    ...(hint === undefined ? [] : [`${indent} = hint: ${hint}`]),
  ].join("\n");
}

/** The result for programs. */
export function validationJson(
  { diagnostics, variants, legs }: Validation,
  { file, cwd, textOf }: ValidationView,
): object {
  return {
    file: relative(cwd, file),
    valid: diagnostics.every(({ severity }) => severity !== "error"),
    ...{ variants, legs },
    problems: diagnostics.map((one) => {
      const { line, column } = placeOf(one, textOf);
      const path = one.file === undefined ? null : relative(cwd, one.file);
      return {
        severity: one.severity,
        ...{ file: path, line: line ?? null, column: column ?? null },
        ...{ message: one.message, hint: one.hint ?? null },
      };
    }),
  };
}

/** The same as annotations. */
export function validationAnnotations(
  { diagnostics }: Validation,
  { textOf }: ValidationView,
): readonly Annotation[] {
  return diagnostics.map((one) => {
    const { line, column } = placeOf(one, textOf);
    const text = one.hint === undefined ? one.message : `${one.message}\nhint: ${one.hint}`;
    return { level: one.severity, text, place: { file: one.file, line, col: column } };
  });
}

interface Located {
  readonly line: number | undefined;
  readonly column: number | undefined;
  readonly marked?: MarkedLine;
}

/** The place of what is wrong: if only its instruction's line is known, the word is looked for. */
function placeOf(
  { file, line, column, word }: Diagnostic,
  textOf: ValidationView["textOf"],
): Located {
  const lines = file === undefined ? undefined : textOf(file)?.split(/\r?\n/);
  if (lines === undefined || line === undefined) return { line, column };
  const found = word === undefined ? undefined : findWord(lines, line, word);
  const at = found ?? { line, column: column ?? firstColumn(lines[line - 1]) };
  const text = lines[at.line - 1] ?? "";
  const length = found === undefined ? lengthAt(text, at.column) : (word ?? "").length;
  return { ...at, marked: { text, ...at, length } };
}

/** The most lines of an instruction that are searched. */
const mostLines = 100;

function findWord(
  lines: readonly string[],
  from: number,
  word: string,
): { readonly line: number; readonly column: number } | undefined {
  if (word === "") return undefined;
  for (let line = from; line < from + mostLines && line <= lines.length; line++) {
    const text = lines[line - 1] ?? "";
    if (/^\s*(?:#|$)/.test(text)) continue;
    for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
      const around = `${text[at - 1] ?? " "}${text[at + word.length] ?? " "}`;
      if (/^[\s"',=[][\s"',\]]$/.test(around)) return { line, column: at + 1 };
    }
    if (!/[\\`]\s*$/.test(text)) return undefined;
  }
  return undefined;
}

function firstColumn(text = ""): number {
  return Math.max(0, text.search(/\S/)) + 1;
}

/** How much is marked: a quoted string, or up to the next space, comma or bracket. */
function lengthAt(text: string, column: number): number {
  const rest = text.slice(column - 1);
  const [token = ""] = /^(?:"[^"]*"|'[^']*'|[^\s,\]}]+?(?=:?(?:[\s,\]}]|$)))/.exec(rest) ?? [];
  return token.length;
}
