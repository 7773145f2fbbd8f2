import { checkPlatformKeys, type Settings } from "./by-platform.ts";
import type { ImportedEntry } from "../import/entry.ts";
import { placeImported } from "../import/place-imported.ts";
import { type Combination, expandMatrix } from "./matrix.ts";
import {
  checkLeftOver,
  checkName,
  type Inherited,
  merge,
  type PlacedVariant,
  substitute,
} from "./placed-variant.ts";
import { fillAllTargets } from "../publish/fill-targets.ts";
import { inheritTargets, type OwnTargets, parseTargets } from "../publish/publish.ts";
import type { Report } from "../schema/report.ts";
import { defaultsSchema, type RawVariant, variantSchema } from "../schema/variant-schema.ts";
import { checkShape } from "../schema/shape.ts";
import { checkRunnerArgs } from "./runner-args.ts";
import { parseVariantKeys } from "./variant-keys.ts";
import { isRecord, type Path } from "../yaml/yaml-file.ts";

interface RawVariants {
  readonly variants: unknown;
  readonly defaults: unknown;
  /** Undefined: the config imports nothing. */
  readonly imported: readonly ImportedEntry[] | undefined;
  /** The config's. */
  readonly targets: OwnTargets;
  readonly settings: Settings;
}

/**
 * Checks `variants` and the imported ones, with what they inherit from `defaults`; problems go to
 * the report.
 */
export function normaliseVariants(
  { variants, defaults, imported, targets, settings }: RawVariants,
  report: Report,
): PlacedVariant[] {
  const raw =
    (defaults === undefined || defaults === null
      ? undefined
      : checkShape(defaultsSchema, defaults, ["defaults"], report)) ?? {};
  const usual = parseTargets(raw, ["defaults"], report);
  const whole = inheritTargets(targets, { publish: [], preview: [] });
  const inherited: Inherited = { raw, targets: inheritTargets(usual, whole), settings };
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
  const example = "add at least one variant, such as variants: {app: {context: .}}";
  if (Array.isArray(variants)) {
    report.add(
      ["variants"],
      "variants must be a map of names, not a list",
      "use server: under variants instead of - name: server",
    );
  } else if (variants === undefined) {
    report.add([], "the config has no variants", example);
  } else if (typeof variants === "string") {
    report.add(["variants"], `variants must be a map, not "${variants}"`, example);
  } else {
    report.add(["variants"], "the config has no variants", example, "key");
  }
}

function expand(
  key: string,
  own: RawVariant,
  inherited: Inherited,
  report: Report,
): PlacedVariant[] {
  const path: Path = ["variants", key];
  const { matrix, name: template, ...rest } = own;
  const raw = merge(inherited.raw, rest);
  const templates = inheritTargets(parseTargets(own, path, report), inherited.targets);
  if (matrix === undefined) {
    if (template !== undefined) {
      const message = `variants.${key} sets name, but has no matrix`;
      report.add(
        [...path, "name"],
        message,
        "remove name: the key of a variant is its name",
        "key",
      );
    }
    return checked(make(key, path, { name: key }, []));
  }
  const combinations = expandMatrix(matrix, [...path, "matrix"], report);
  const known = [...new Set(combinations.flatMap((combination) => Object.keys(combination)))];
  const made = combinations.flatMap((combination) => {
    const name =
      template === undefined
        ? [key, ...Object.values(combination)].join("-")
        : substitute(template, combination);
    return make(name, template === undefined ? path : [...path, "name"], combination, known);
  });
  return checked(made);

  function checked(placed: PlacedVariant[]): PlacedVariant[] {
    const variants = placed.map(({ variant }) => variant);
    checkPlatformKeys({ path, own, variants }, report);
    checkRunnerArgs({ path, own, variants }, inherited.settings.runners, report);
    return placed;
  }

  function make(
    name: string,
    named: Path,
    combination: Combination,
    known: readonly string[],
  ): PlacedVariant[] {
    if (!checkName(name, named, known, report)) return [];
    const values = { ...combination, name };
    const fill = (text: string) => substitute(text, values);
    for (const field of ["dockerfile", "context", "target", "runners"] as const) {
      const text = raw[field] ?? "";
      if (typeof text !== "string") continue;
      checkLeftOver(fill(text), [...path, field], [...known, "name"], report);
    }
    const naming = { name, path, fill, settings: inherited.settings };
    const parsed = parseVariantKeys(raw, naming, report);
    if (parsed === undefined) return [];
    const filling = { ...parsed, values: new Map(Object.entries(values)), path };
    const targets = fillAllTargets(templates, filling, report);
    const line = report.lineOf(path) ?? 1;
    return [{ variant: { ...parsed, ...targets, line }, path, report }];
  }
}
