import type { Variant } from "../config.ts";
import { familiarName } from "../../dockerfile/image-name.ts";
import { normalPlatform, type Settings } from "./by-platform.ts";
import type { Combination } from "./matrix.ts";
import { suggest } from "../../nearest.ts";
import type { Targets } from "../publish/publish.ts";
import type { Report } from "../schema/report.ts";
import type { RawDefaults, RawVariant } from "../schema/variant-schema.ts";
import type { Path } from "../yaml/yaml-file.ts";

/** A variant, and where it is written. */
export interface PlacedVariant {
  readonly variant: Variant;
  /** The path of its key under `variants`; several variants of a matrix or an import share one. */
  readonly path: Path;
  /** The report for the variant's problems. */
  readonly report: Report;
}

/** What variants inherit. */
export interface Inherited {
  /** The keys under `defaults`. */
  readonly raw: RawDefaults;
  /** Their `publish` and `preview`, or else the config's. */
  readonly targets: Targets;
  readonly settings: Settings;
}

/** Whether the name is valid in a tag; if not, a problem is reported. */
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
      `the variant name "${name}" cannot be used in a tag`,
      "use only letters, digits, _, . and -; the first character cannot be . or -",
      at.length === 2 ? "key" : "value",
    );
  }
  return false;
}

/** Reports each `{key}` that was not replaced. */
export function checkLeftOver(
  text: string,
  at: Path,
  known: readonly string[],
  report: Report,
): void {
  for (const [whole, key = ""] of text.matchAll(placeholder)) {
    const hint = known.length === 0 ? "this variant has no matrix" : suggest(key, known);
    report.add(at, `unknown field ${whole}`, hint);
  }
}

/**
 * Maps are merged, other values are replaced. Either form of a Dockerfile replaces the other one.
 */
export function merge(inherited: RawDefaults, own: RawVariant): RawVariant {
  const merged: RawVariant = { ...inherited, ...own };
  if (own.dockerfile !== undefined && own["dockerfile-inline"] === undefined) {
    delete merged["dockerfile-inline"];
  }
  if (own["dockerfile-inline"] !== undefined && own.dockerfile === undefined) {
    delete merged.dockerfile;
  }
  for (const key of ["args", "labels", "contexts", "filters"] as const) {
    const others = key === "contexts" ? otherContexts(inherited, own) : inherited[key];
    const map = { ...others, ...own[key] };
    if (Object.keys(map).length > 0) merged[key] = map;
  }
  for (const [key, normal] of [
    ["platform-args", (spelt: string) => normalPlatform(spelt) ?? spelt],
    ["runner-args", (pattern: string) => pattern],
  ] as const) {
    const args = mergeArgs(inherited[key], own[key], normal);
    if (args !== undefined) merged[key] = args;
  }
  return merged;
}

/** Without those that the variant names, too, in whatever spelling of an image's name. */
function otherContexts({ contexts = {} }: RawDefaults, own: RawVariant): Record<string, string> {
  const named = new Set(Object.keys(own.contexts ?? {}).map(familiarName));
  return Object.fromEntries(
    Object.entries(contexts).filter(([name]) => !named.has(familiarName(name))),
  );
}

type ArgsByKey = RawDefaults["platform-args"];

/**
 * In the order in which later patterns override earlier ones: a variant's own keys come last. Keys
 * that `normal` makes equal mean the same: what the variant sets under one overrides the others.
 */
function mergeArgs(
  inherited: ArgsByKey,
  own: ArgsByKey,
  normal: (key: string) => string,
): ArgsByKey {
  if (inherited === undefined || own === undefined) return own ?? inherited;
  const isSet = (key: string, arg: string): boolean =>
    Object.entries(own).some(
      ([other, args]) => normal(other) === normal(key) && Object.hasOwn(args, arg),
    );
  const left = new Map(
    Object.entries(inherited).map(([key, args]) => [
      key,
      Object.fromEntries(Object.entries(args).filter(([arg]) => !isSet(key, arg))),
    ]),
  );
  const others = [...left].filter(([key]) => !Object.hasOwn(own, key));
  const merged = Object.entries(own).map(
    ([key, args]) => [key, { ...left.get(key), ...args }] as const,
  );
  return Object.fromEntries([...others, ...merged]);
}

/** `{key}`, but not `${NAME}` or `{{expression}}`. */
const placeholder = /(?<![{$])\{([A-Za-z_][\w-]*)\}/g;

/** The text with each known `{key}` replaced. */
export function substitute(text: string, values: Combination): string {
  if (!text.includes("{")) return text;
  return text.replace(placeholder, (whole, key: string) =>
    Object.hasOwn(values, key) ? (values[key] ?? whole) : whole,
  );
}
