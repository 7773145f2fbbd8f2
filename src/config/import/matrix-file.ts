import { suggest } from "../../nearest.ts";
import { type Report, reportOnEntry } from "../schema/report.ts";
import { isRecord, type Path, type YamlFile } from "../yaml/yaml-file.ts";
import { type ImportedEntry, mostEntries } from "./entry.ts";
import { checkRepeated } from "../variants/context-name.ts";
import { eachText, fieldsOf, type Filled, fillText, textsOf } from "./fill.ts";
import type { MatrixImport } from "./spec.ts";

/** The entries of a matrix file, by the import's mapping; problems go to the report. */
export function matrixEntries(spec: MatrixImport, yaml: YamlFile, report: Report): ImportedEntry[] {
  const { at, file } = spec;
  for (const { message, hint, line, column } of yaml.problems) {
    report.add([...at, "matrix"], `${file}:${line ?? 1}:${column ?? 1}: ${message}`, hint);
  }
  if (yaml.value === undefined) return [];
  const list = findList(spec, yaml, report);
  if (list === undefined) return [];
  const entries = list.flatMap((item, index): Entry[] => {
    const place = `${file}:${yaml.place([...spec.list, index], "key")?.line ?? 1}`;
    if (isRecord(item)) return [{ place, ...valuesOf(item) }];
    reportOnEntry(report, place).add([...at, "matrix"], "this entry is not a map");
    return [];
  });
  if (!checkFields(spec, entries, report)) return [];
  const chosen = entries.filter((entry) => matches(entry, spec.where));
  if (chosen.length === 0 && entries.length > 0) {
    report.add([...at, "where"], `no entry in ${file} has these values`);
  }
  return chosen.flatMap((entry) => mapEntry(spec, entry, report));
}

interface Entry {
  readonly place: string;
  readonly values: ReadonlyMap<string, string>;
  /** Fields whose values are not strings. */
  readonly maps: ReadonlySet<string>;
}

function findList(
  { at, file, list }: MatrixImport,
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
function valuesOf(item: Readonly<Record<string, unknown>>): Pick<Entry, "values" | "maps"> {
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

/** Whether each field that the import uses occurs in some entry. */
function checkFields(spec: MatrixImport, entries: readonly Entry[], report: Report): boolean {
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
  for (const { path, text } of textsOfSpec(spec)) {
    for (const field of fieldsOf(text)) check(field, `the field {${field}}`, path, "value");
  }
  for (const field of Object.keys(spec.where)) {
    check(field, `the field ${field}`, ["where", field], "key");
  }
  return right;
}

function textsOfSpec({
  mapping,
  name,
  runner,
  published: { publish, preview },
  at,
}: MatrixImport): readonly { path: Path; text: string }[] {
  const own = [
    { path: ["name"], text: name ?? "" },
    { path: ["runner"], text: runner ?? "" },
  ];
  const targets = [...(publish ?? []), ...(preview ?? [])].flatMap(({ repository, tags, flavor }) =>
    [repository, ...tags, ...flavor].map((line) => ({
      path: line.at.slice(at.length),
      text: line.text,
    })),
  );
  return [...own, ...targets, ...textsOf(mapping)];
}

function matches({ values }: Entry, where: MatrixImport["where"]): boolean {
  return Object.entries(where).every(([field, wanted]) => wanted.includes(values.get(field) ?? ""));
}

/** Keys that an entry must have, because their default would be another image. */
const needed = new Set<unknown>(["suffix", "dockerfile", "context", "platforms"]);

function mapEntry(spec: MatrixImport, entry: Entry, base: Report): ImportedEntry[] {
  const { at, mapping } = spec;
  const report = reportOnEntry(base, entry.place);
  const told = (filled: Filled, path: Path): string | undefined => {
    if ("text" in filled) return filled.text;
    const hint = `use {${filled.missing}:-TEXT} to set a default`;
    report.add([...at, ...path], `this entry has no ${filled.missing}`, hint);
    return undefined;
  };
  const full = told(fillText(spec.name ?? "", entry.values), ["name"]);
  if (full === undefined) return [];
  const name = full.replace(/^-/, "") || "core";
  const values = new Map([["name", name], ...entry.values]);
  const own = eachText(mapping, (text, path) => {
    const filled = fillText(text, values);
    return needed.has(path[0]) ? told(filled, path) : "text" in filled ? filled.text : undefined;
  });
  const contexts = Object.keys(mapping.contexts ?? {}).map((key) => fillText(key, values));
  checkRepeated(
    contexts.flatMap((filled) => ("text" in filled && filled.text !== "" ? [filled.text] : [])),
    [...at, "contexts"],
    report,
  );
  const runner = fillText(spec.runner ?? "", values);
  return [
    {
      at,
      place: entry.place,
      name,
      own,
      linked: [],
      published: spec.published,
      runner: "text" in runner && runner.text !== "" ? runner.text : undefined,
      values: Object.fromEntries(entry.values),
      movingLabels: [],
    },
  ];
}
