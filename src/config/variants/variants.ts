import type { Variant } from "../config.ts";
import type { ImportedEntry } from "../import/entry.ts";
import { placeImported } from "../import/place-imported.ts";
import { type Combination, expandMatrix } from "./matrix.ts";
import { suggest } from "../../nearest.ts";
import type { Report } from "../report.ts";
import { defaultsSchema, type RawDefaults, type RawVariant, variantSchema } from "../schema.ts";
import { checkShape } from "../shape.ts";
import { parseVariantKeys } from "./variant-keys.ts";
import { isRecord, type Path } from "../yaml/yaml-file.ts";

/** A variant, and where it is written. */
export interface PlacedVariant {
  readonly variant: Variant;
  /** Of its key under `variants`; several variants of a matrix, or of an import, share one. */
  readonly path: Path;
  /** What is told of the variant is told here. */
  readonly report: Report;
}

/**
 * `variants`, and those that the config imports, with what they inherit from `defaults`; what is
 * wrong goes to the report. `imported` is undefined where the config imports nothing.
 */
export function normaliseVariants(
  variants: unknown,
  defaults: unknown,
  imported: readonly ImportedEntry[] | undefined,
  report: Report,
): PlacedVariant[] {
  const inherited =
    (defaults === undefined || defaults === null
      ? undefined
      : checkShape(defaultsSchema, defaults, ["defaults"], report)) ?? {};
  const others = placeImported(imported ?? [], inherited, report);
  if (!isRecord(variants) || Object.keys(variants).length === 0) {
    const none = variants === undefined || variants === null;
    if (imported === undefined || !none) tellNoVariants(variants, report);
    return others;
  }
  const essential = ["matrix", "name", "suffix", "context", "dockerfile"];
  const written = Object.entries(variants).flatMap(([name, value]) => {
    const own = checkShape(variantSchema, value ?? {}, ["variants", name], report, essential);
    return own === undefined ? [] : expand(name, own, inherited, report);
  });
  return [...written, ...others];
}

function tellNoVariants(variants: unknown, report: Report): void {
  const example = "name at least one, such as variants: {app: {context: .}}";
  if (Array.isArray(variants)) {
    report.add(
      ["variants"],
      "variants must be a map from names, not a list",
      "write server: under variants, not - name: server",
    );
  } else if (variants === undefined) {
    report.add([], "there are no variants", example);
  } else if (typeof variants === "string") {
    report.add(["variants"], `variants must be a map, not "${variants}"`, example);
  } else {
    report.add(["variants"], "there are no variants", example, "key");
  }
}

function expand(
  key: string,
  own: RawVariant,
  inherited: RawDefaults,
  report: Report,
): PlacedVariant[] {
  const path: Path = ["variants", key];
  const { matrix, name: template, ...rest } = own;
  const raw = merge(inherited, rest);
  if (matrix === undefined) {
    if (template !== undefined) {
      const message = `variants.${key} has a name, but no matrix`;
      report.add([...path, "name"], message, "a variant is named by its key", "key");
    }
    return make(key, path, { name: key }, []);
  }
  const combinations = expandMatrix(matrix, [...path, "matrix"], report);
  const known = [...new Set(combinations.flatMap((combination) => Object.keys(combination)))];
  return combinations.flatMap((combination) => {
    const name =
      template === undefined
        ? [key, ...Object.values(combination)].join("-")
        : substitute(template, combination);
    return make(name, template === undefined ? path : [...path, "name"], combination, known);
  });

  function make(
    name: string,
    named: Path,
    combination: Combination,
    known: readonly string[],
  ): PlacedVariant[] {
    if (!checkName(name, named, known, report)) return [];
    const values = { ...combination, name };
    const fill = (text: string) => substitute(text, values);
    for (const field of ["dockerfile", "context", "target"] as const) {
      checkLeftOver(fill(raw[field] ?? ""), [...path, field], [...known, "name"], report);
    }
    const parsed = parseVariantKeys(raw, { name, path, fill }, report);
    if (parsed === undefined) return [];
    return [{ variant: { ...parsed, line: report.lineOf(path) ?? 1 }, path, report }];
  }
}

/** Whether the name can be part of a tag; if not, the report says why. */
export function checkName(
  name: string,
  at: Path,
  known: readonly string[],
  report: Report,
): boolean {
  if (/^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(name)) return true;
  if (name.search(placeholder) >= 0) {
    checkLeftOver(name, at, known, report);
  } else {
    report.add(
      at,
      `the variant name "${name}" cannot be part of a tag`,
      "a name has letters, digits, _ . and -, and does not begin with . or -",
      at.length === 2 ? "key" : "value",
    );
  }
  return false;
}

function checkLeftOver(text: string, at: Path, known: readonly string[], report: Report): void {
  for (const [whole, key = ""] of text.matchAll(placeholder)) {
    const hint = known.length === 0 ? "there is no matrix" : suggest(key, known);
    report.add(at, `${whole} stands for nothing here`, hint);
  }
}

/** Maps are merged, the rest is replaced. */
export function merge(inherited: RawDefaults, own: RawVariant): RawVariant {
  const merged: RawVariant = { ...inherited, ...own };
  for (const key of ["args", "labels", "contexts", "filters"] as const) {
    const map = { ...inherited[key], ...own[key] };
    if (Object.keys(map).length > 0) merged[key] = map;
  }
  const platformArgs = mergeByPlatform(inherited["platform-args"], own["platform-args"]);
  if (platformArgs !== undefined) merged["platform-args"] = platformArgs;
  return merged;
}

type ByPlatform = RawDefaults["platform-args"];

function mergeByPlatform(inherited: ByPlatform, own: ByPlatform): ByPlatform {
  if (inherited === undefined || own === undefined) return own ?? inherited;
  const platforms = [...new Set([...Object.keys(inherited), ...Object.keys(own)])];
  return Object.fromEntries(
    platforms.map((platform) => [platform, { ...inherited[platform], ...own[platform] }]),
  );
}

/** `{key}`, but not `${NAME}` or `{{expression}}`. */
const placeholder = /(?<![{$])\{([A-Za-z_][\w-]*)\}/g;

/** The text with each `{key}` that has a value replaced. */
export function substitute(text: string, values: Combination): string {
  if (!text.includes("{")) return text;
  return text.replace(placeholder, (whole, key: string) =>
    Object.hasOwn(values, key) ? (values[key] ?? whole) : whole,
  );
}
