import * as v from "valibot";
import { eitherOf, nearest, suggest } from "../../nearest.ts";
import { formatPath, type Report } from "./report.ts";
import { isRecord, type Path } from "../yaml/yaml-file.ts";

/*
 * The few shapes that the schema is made of: valibot's, with additions for a config file. An
 * unknown key does not hide other problems, a key without a value is ignored, and if a value may be
 * written in several ways, its kind decides which one was meant.
 */

/** A map with these keys and no others. */
export function mapping<const E extends v.ObjectEntries>(entries: E) {
  const names = Object.keys(entries).join(" ");
  const unknownKey = v.pipe(
    v.unknown(),
    v.check(() => false, names),
  );
  return mapWith(entries, unknownKey);
}

/** A map with these keys, and any others of this shape. */
export function mapWith<const E extends v.ObjectEntries, const R extends v.GenericSchema>(
  entries: E,
  rest: R,
) {
  const base = v.objectWithRest(entries, rest);
  const run: (typeof base)["~run"] = (dataset, config) =>
    base["~run"]({ value: withoutNulls(dataset.value, entries) }, config);
  return { ...base, "~run": run };
}

/** A map with names that the user chooses. */
export function mapOf<const V extends v.GenericSchema>(value: V) {
  const base = v.record(v.string(), value);
  const run: (typeof base)["~run"] = (dataset, config) =>
    base["~run"]({ value: Array.isArray(dataset.value) ? undefined : dataset.value }, config);
  return { ...base, "~run": run };
}

/** One of several forms, distinguished by kind: a string, a list or a map. */
export function waysOf<const O extends readonly v.GenericSchema[]>(options: O) {
  const base = v.union(options);
  const run: (typeof base)["~run"] = (dataset, config) => {
    const kinds = kindsFor(dataset.value);
    const option = base.options.find(({ type }) => kinds.includes(type));
    if (option === undefined) return base["~run"](dataset, config);
    return option["~run"](dataset, config);
  };
  return { ...base, "~run": run };
}

/** Accepts anything: what it holds is checked where it is read. */
export function readLater<const S extends v.GenericSchema>(schema: S) {
  const run = (dataset: v.UnknownDataset): v.SuccessDataset<unknown> => ({
    typed: true,
    value: dataset.value,
  });
  return { ...schema, "~run": run };
}

/** One of a few words. */
export function choice<const O extends readonly string[]>(options: O) {
  return v.picklist(options, options.join(" "));
}

/**
 * The value if it has the schema's shape; problems go to the report. So that one mistake does not
 * hide others, keys of the wrong shape are left out of the result. Undefined if one of the
 * `essential` keys is wrong, without which the rest would be misread.
 */
export function checkShape<const S extends v.GenericSchema>(
  schema: S,
  value: unknown,
  path: Path,
  report: Report,
  essential: readonly string[] = [],
): v.InferOutput<S> | undefined {
  const result = v.safeParse(schema, value);
  for (const issue of result.issues ?? []) tell(issue, value, path, report);
  if (result.typed) return result.output;
  const wrong = new Set(result.issues.map((issue) => String(issue.path?.[0]?.key)));
  if (!isRecord(value) || essential.some((key) => wrong.has(key))) return undefined;
  const rest = v.safeParse(
    schema,
    Object.fromEntries(Object.entries(value).filter(([key]) => !wrong.has(key))),
  );
  return rest.typed ? rest.output : undefined;
}

function tell(issue: v.BaseIssue<unknown>, root: unknown, base: Path, report: Report): void {
  const keys = keysOf(issue);
  const path = [...base, ...keys];
  const input = valueAt(root, keys);
  const key = String(path.at(-1));
  const parent = path.slice(0, -1);
  if (issue.type === "check") {
    const where = parent.length === 0 ? "" : ` in ${formatPath(parent)}`;
    report.add(path, `unknown key "${key}"${where}`, suggest(key, issue.message.split(" ")), "key");
  } else if (issue.path?.at(-1)?.origin === "key") {
    report.add(path, `${formatPath(parent)} needs the key "${key}"`, undefined, "key");
  } else if (issue.type === "picklist" && typeof input === "string") {
    const allowed = issue.message.split(" ");
    const near = nearest(input, allowed);
    const hint = near === undefined ? undefined : `did you mean "${near}"?`;
    report.add(path, `${formatPath(path)} must be ${eitherOf(allowed)}, not "${input}"`, hint);
  } else if (input === null) {
    report.add(path, `${formatPath(path)} has no value`, 'use "" for an empty string');
  } else {
    const hint =
      isRecord(input) && Object.values(input).every((value) => value === null)
        ? 'put quotes around a string that begins with {: "{name}"'
        : undefined;
    const wanted = wantedBy(issue);
    report.add(path, `${formatPath(path)} must be ${wanted}, not ${kindOf(input)}`, hint);
  }
}

function keysOf(issue: v.BaseIssue<unknown>): Path {
  return (issue.path ?? []).map(({ key }) => (typeof key === "number" ? key : String(key)));
}

/** What the file has at this path; the issue's own input may already be transformed. */
function valueAt(root: unknown, keys: Path): unknown {
  return keys.reduce<unknown>(
    (value, key) => (typeof value === "object" && value !== null ? Reflect.get(value, key) : null),
    root,
  );
}

function wantedBy(issue: v.BaseIssue<unknown>): string {
  const expected = issue.expected ?? "";
  const kinds = [
    /string|"/.test(expected) ? "a string" : "",
    expected.includes("Array") ? "a list" : "",
    expected.includes("Object") ? "a map" : "",
  ];
  return eitherOf(kinds.filter((kind) => kind !== ""));
}

/** Only the kind: the value may be a secret in the wrong place. */
function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  return isRecord(value) ? "a map" : typeof value === "string" ? "a string" : "empty";
}

/** The types of schema that match a value of this kind. */
function kindsFor(value: unknown): readonly string[] {
  if (Array.isArray(value)) return ["array"];
  if (isRecord(value)) return ["object_with_rest", "record"];
  return typeof value === "string" ? ["string", "picklist"] : [typeof value];
}

/** The map without the known keys that have no value; undefined if the value is not a map. */
function withoutNulls(value: unknown, entries: v.ObjectEntries): unknown {
  if (!isRecord(value)) return value === null || typeof value === "string" ? value : undefined;
  if (!Object.entries(value).some(([key, item]) => item === null && Object.hasOwn(entries, key)))
    return value;
  return Object.fromEntries(
    Object.entries(value).filter(([key, item]) => item !== null || !Object.hasOwn(entries, key)),
  );
}
