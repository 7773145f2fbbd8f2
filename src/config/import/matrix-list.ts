import { suggest } from "../../nearest.ts";
import { type Report, reportOnEntry } from "../schema/report.ts";
import { isRecord, type Path, type YamlFile } from "../yaml/yaml-file.ts";
import { mostEntries } from "./entry.ts";
import { fieldsOf, type Filled } from "./fill.ts";

/** Which entries of a YAML or JSON file are taken. */
export interface MatrixList {
  /** The path in the config of what takes them. */
  readonly at: Path;
  /** Relative to the config's folder. */
  readonly file: string;
  /** The keys that lead to the list. */
  readonly list: readonly string[];
  /** Only entries whose fields have one of these values. */
  readonly where: Readonly<Record<string, readonly string[]>>;
}

/** One entry of the list. */
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

/**
 * The entries of a matrix file that `where` chooses; none if a text uses a field that no entry has.
 * Problems go to the report.
 */
export function readMatrixList(
  spec: MatrixList,
  texts: readonly FieldText[],
  yaml: YamlFile,
  report: Report,
): readonly MatrixEntry[] {
  const { at, file } = spec;
  for (const { message, hint, line, column } of yaml.problems) {
    report.add([...at, "matrix"], `${file}:${line ?? 1}:${column ?? 1}: ${message}`, hint);
  }
  if (yaml.value === undefined) return [];
  const list = findList(spec, yaml, report);
  if (list === undefined) return [];
  const entries = list.flatMap((item, index): MatrixEntry[] => {
    const place = `${file}:${yaml.place([...spec.list, index], "key")?.line ?? 1}`;
    if (isRecord(item)) return [{ place, ...valuesOf(item) }];
    reportOnEntry(report, place).add([...at, "matrix"], "this entry is not a map");
    return [];
  });
  if (!checkFields(spec, texts, entries, report)) return [];
  const chosen = entries.filter((entry) => matches(entry, spec.where));
  if (chosen.length === 0 && entries.length > 0) {
    report.add([...at, "where"], `no entry in ${file} has these values`);
  }
  return chosen;
}

/** The filled text; a field that the entry lacks is a problem, at the text's path in the config. */
export function toldText(filled: Filled, path: Path, report: Report): string | undefined {
  if ("text" in filled) return filled.text;
  const hint = `use {${filled.missing}:-TEXT} to set a default`;
  report.add(path, `this entry has no ${filled.missing}`, hint);
  return undefined;
}

function findList(
  { at, file, list }: MatrixList,
  yaml: YamlFile,
  report: Report,
): readonly unknown[] | undefined {
  const add = (message: string, hint?: string) => report.add([...at, "at"], message, hint);
  let value: unknown = yaml.value;
  for (const [depth, key] of list.entries()) {
    const where = depth === 0 ? file : `${list.slice(0, depth).join(".")} in ${file}`;
    if (!isRecord(value)) {
      add(`${where} is not a map, so it has no ${key}`);
      return undefined;
    }
    if (!Object.hasOwn(value, key)) {
      const keys = Object.keys(value);
      add(`${where} has no key "${key}"`, keys.length === 0 ? undefined : suggest(key, keys));
      return undefined;
    }
    value = value[key];
  }
  const name = `${list.join(".")} in ${file}`;
  if (!isList(value)) {
    const inner = isRecord(value) ? Object.keys(value).filter((key) => key === "include") : [];
    const hint = inner.length > 0 ? `write at: ${list.join(".")}.include` : undefined;
    add(`${name} is not a list`, hint);
    return undefined;
  }
  if (value.length === 0) add(`${name} is empty`);
  if (value.length <= mostEntries) return value;
  add(`${name} has ${value.length} entries, but at most ${mostEntries} are allowed`);
  return undefined;
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

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((part) => typeof part === "string");
}

/** Whether each field that is used occurs in some entry. */
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
    for (const field of fieldsOf(text)) check(field, `the field {${field}}`, path, "value");
  }
  for (const field of Object.keys(spec.where)) {
    check(field, `the field ${field}`, ["where", field], "key");
  }
  return right;
}

function matches({ values }: MatrixEntry, where: MatrixList["where"]): boolean {
  return Object.entries(where).every(([field, wanted]) => wanted.includes(values.get(field) ?? ""));
}
