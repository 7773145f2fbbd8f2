import type { RawVariant } from "../schema/variant-schema.ts";
import type { Path } from "../yaml/yaml-file.ts";

/** A filled text of a mapping; `missing` is a field that it needs and the entry does not have. */
export type Filled = { readonly text: string } | { readonly missing: string };

/** `{field}`, `{field:-default}` and `{field:+text}`, but not `${NAME}` or `{{expression}}`. */
const placeholder = /(?<![{$])\{([A-Za-z_][\w.-]*)(?::([-+])([^{}]*))?\}/g;

/** The fields that a text uses. */
export function fieldsOf(text: string): string[] {
  return [...text.matchAll(placeholder)].map(([, field = ""]) => field);
}

/** The fields without which a text is missing: those that have no default in it. */
export function neededFields(text: string): string[] {
  return [...text.matchAll(placeholder)].flatMap(([, field = "", kind]) =>
    kind === "-" ? [] : [field],
  );
}

/** Whether a text uses a field. */
export function hasFields(text: string): boolean {
  return text.includes("{") && fieldsOf(text).length > 0;
}

/**
 * The text with its fields replaced. `{field:-default}` is the default if the field is missing or
 * empty, `{field:+text}` is the text if it is not. A missing field without a default makes the
 * whole text missing.
 */
export function fillText(text: string, values: ReadonlyMap<string, string>): Filled {
  if (!text.includes("{")) return { text };
  let missing: string | undefined;
  const replace = (_: string, field: string, kind?: string, other?: string): string => {
    const value = values.get(field);
    const set = value !== undefined && value !== "";
    if (kind === "-") return set ? value : (other ?? "");
    if (kind === "+" && set) return other ?? "";
    if (kind === undefined && value !== undefined) return value;
    missing ??= field;
    return "";
  };
  const filled = text.replace(placeholder, replace);
  return missing === undefined ? { text: filled } : { missing };
}

/** Every string in a variant's keys, with its path below the variant. */
export function textsOf(raw: RawVariant): { readonly path: Path; readonly text: string }[] {
  const found: { path: Path; text: string }[] = [];
  eachText(raw, (text, path) => {
    found.push({ path, text });
    return text;
  });
  return found;
}

type Visit = (text: string, path: Path) => string | undefined;

/**
 * The variant's keys with each string replaced, names of contexts, too; one that becomes undefined
 * is left out, and a context whose name becomes empty.
 */
export function eachText(raw: RawVariant, visit: Visit): RawVariant {
  const filled: RawVariant = { ...raw };
  for (const key of ["dockerfile", "context", "target", "suffix", "shm-size"] as const) {
    const text = raw[key];
    if (text !== undefined) filled[key] = visit(text, [key]);
  }
  for (const key of ["secrets", "ssh", "inputs", "ulimits", "allow", "add-hosts"] as const) {
    const list = raw[key];
    if (list !== undefined) filled[key] = eachItem(list, [key], visit);
  }
  const { platforms, mounts } = raw;
  if (mounts !== undefined && typeof mounts !== "string") {
    filled.mounts = eachItem(mounts, ["mounts"], visit);
  }
  if (typeof platforms === "string") {
    filled.platforms = visit(platforms, ["platforms"]);
  } else if (platforms !== undefined) {
    filled.platforms = eachItem(platforms, ["platforms"], visit);
  }
  for (const key of ["args", "labels", "filters"] as const) {
    const map = raw[key];
    if (map !== undefined) filled[key] = eachValue(map, [key], visit);
  }
  if (raw.contexts !== undefined) filled.contexts = eachContext(raw.contexts, visit);
  for (const outer of ["platform-args", "runner-args"] as const) {
    const maps = raw[outer];
    if (maps === undefined) continue;
    filled[outer] = Object.fromEntries(
      Object.entries(maps).map(([key, args]) => [key, eachValue(args, [outer, key], visit)]),
    );
  }
  return filled;
}

function eachContext(
  contexts: Readonly<Record<string, string>>,
  visit: Visit,
): Record<string, string> {
  const filled = Object.entries(contexts).flatMap(([key, text]) => {
    const name = key === "" ? key : visit(key, ["contexts", key]) || undefined;
    const value = visit(text, ["contexts", key]);
    return name === undefined || value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(filled);
}

function eachItem(list: readonly string[], at: Path, visit: Visit): string[] {
  return list.flatMap((text, index) => visit(text, [...at, index]) ?? []);
}

function eachValue(
  map: Readonly<Record<string, string>>,
  at: Path,
  visit: Visit,
): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [key, text] of Object.entries(map)) {
    const value = visit(text, [...at, key]);
    if (value !== undefined) values[key] = value;
  }
  return values;
}
