import { suggest } from "../../nearest.ts";
import { type Report, reportOnEntry } from "../schema/report.ts";
import { isRecord, type Path, type YamlFile } from "../yaml/yaml-file.ts";
import { fieldsOf, type Filled, neededFields } from "./fill.ts";
import { findItems, type ListPath } from "./matrix-lists.ts";

/** Which entries of a YAML or JSON file are taken. */
export interface MatrixList {
  /** The path in the config of what takes them. */
  readonly at: Path;
  /** Relative to the config's folder. */
  readonly file: string;
  readonly lists: readonly ListPath[];
  /** Only entries whose fields have one of these values. */
  readonly where: Readonly<Record<string, readonly string[]>>;
}

/** One entry of the lists. */
export interface MatrixEntry {
  /** Where it is written, for messages: `.github/matrix.yml:30`. */
  readonly place: string;
  readonly values: ReadonlyMap<string, string>;
  /** Fields whose values are not strings. */
  readonly maps: ReadonlySet<string>;
}

/** A text that uses fields of the entries, and its path below `at`. */
export interface FieldText {
  readonly path: Path;
  readonly text: string;
}

export interface MatrixEntries {
  readonly entries: readonly MatrixEntry[];
  /** Expressions in the place of lists, which only CI can tell. */
  readonly expressions: readonly { readonly path: Path; readonly place: string }[];
}

/**
 * The entries of a matrix file that `where` chooses; none if a text uses a field that no entry has.
 * Problems go to the report.
 */
export function readMatrixEntries(
  spec: MatrixList,
  texts: readonly FieldText[],
  yaml: YamlFile,
  report: Report,
): MatrixEntries {
  const { at, file } = spec;
  for (const { message, hint, line, column } of yaml.problems) {
    report.add([...at, "matrix"], `${file}:${line ?? 1}:${column ?? 1}: ${message}`, hint);
  }
  const found = yaml.value === undefined ? undefined : findItems(spec, yaml, report);
  if (found === undefined) return { entries: [], expressions: [] };
  const placeOf = (path: Path): string => `${file}:${yaml.place(path, "key")?.line ?? 1}`;
  const entries = found.items.flatMap(({ path, value }): MatrixEntry[] => {
    const place = placeOf(path);
    if (isRecord(value)) return [{ place, ...valuesOf(value) }];
    reportOnEntry(report, place).add([...at, "matrix"], "this entry is not a map");
    return [];
  });
  return {
    entries: checkFields(spec, texts, entries, report) ? chosenOf(spec, entries, report) : [],
    expressions: found.expressions.map((path) => ({ path, place: placeOf(path) })),
  };
}

/** The filled text; a field that the entry lacks is a problem, at the text's path in the config. */
export function toldText(filled: Filled, path: Path, report: Report): string | undefined {
  if ("text" in filled) return filled.text;
  const hint = `use {${filled.missing}:-TEXT} to set a default`;
  report.add(path, `this entry has no ${filled.missing}`, hint);
  return undefined;
}

function chosenOf(
  { at, file, where }: MatrixList,
  entries: readonly MatrixEntry[],
  report: Report,
): readonly MatrixEntry[] {
  const chosen = entries.filter((entry) => matches(entry, where));
  if (chosen.length === 0) report.add([...at, "where"], `no entry in ${file} has these values`);
  return chosen;
}

/** A list of strings is joined with commas, as platforms are written. */
function valuesOf(item: Readonly<Record<string, unknown>>): Pick<MatrixEntry, "values" | "maps"> {
  const values = new Map<string, string>();
  const maps = new Set<string>();
  for (const [field, value] of Object.entries(item)) {
    if (typeof value === "string") values.set(field, value);
    else if (isTexts(value)) values.set(field, value.join(","));
    else if (value !== null) maps.add(field);
  }
  return { values, maps };
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((part) => typeof part === "string");
}

/** Whether each field that is used is text, and occurs in some entry or has a default. */
function checkFields(
  spec: MatrixList,
  texts: readonly FieldText[],
  entries: readonly MatrixEntry[],
  report: Report,
): boolean {
  const known = new Set(entries.flatMap(({ values, maps }) => [...values.keys(), ...maps]));
  const maps = new Set(entries.flatMap((entry) => [...entry.maps]));
  let right = true;
  const check = (field: string, whole: string, path: Path, part: "key" | "value"): void => {
    if (field === "name" && path[0] !== "name" && path[0] !== "where") return;
    const at = [...spec.at, ...path];
    if (!known.has(field)) {
      right = false;
      report.add(at, `no entry in ${spec.file} has ${whole}`, suggest(field, [...known]), part);
    } else if (maps.has(field)) {
      right = false;
      report.add(at, `${field} is a map in ${spec.file}, not a string`, undefined, part);
    }
  };
  if (entries.length === 0) return false;
  for (const { path, text } of texts) {
    const needed = new Set(neededFields(text));
    const checked = fieldsOf(text).filter((field) => known.has(field) || needed.has(field));
    for (const field of checked) check(field, `the field {${field}}`, path, "value");
  }
  for (const field of Object.keys(spec.where)) {
    check(field, `the field ${field}`, ["where", field], "key");
  }
  return right;
}

function matches({ values }: MatrixEntry, where: MatrixList["where"]): boolean {
  return Object.entries(where).every(([field, wanted]) => wanted.includes(values.get(field) ?? ""));
}
