import { formatPlatform } from "../../oci/platform.ts";
import type { Variant } from "../config.ts";
import { fillTargets } from "../publish/fill-targets.ts";
import type { TargetTemplate } from "../publish/publish.ts";
import { type Report, reportOnEntry } from "../schema/report.ts";
import type { RawDefaults, RawVariant } from "../schema/variant-schema.ts";
import { checkPlatformKeys } from "../variants/by-platform.ts";
import { checkRunnerArgs } from "../variants/runner-args.ts";
import { parseVariantKeys } from "../variants/variant-keys.ts";
import type { Path } from "../yaml/yaml-file.ts";
import {
  checkName,
  type Inherited,
  merge,
  type PlacedVariant,
  substitute,
} from "../variants/placed-variant.ts";
import type { ImportedEntry } from "./entry.ts";
import { eachText, textsOf } from "./fill.ts";
import { withOnlyPlatforms } from "./links.ts";

/**
 * Imported entries as variants, with what they inherit: entries with one name are one variant with
 * several platforms. Problems go to the report.
 */
export function placeImported(
  entries: readonly ImportedEntry[],
  inherited: Inherited,
  report: Report,
): PlacedVariant[] {
  const plain = textsOf(inherited.raw).every(({ text }) => !text.includes("{"));
  const groups = new Map<string, PlacedVariant[]>();
  const imports = new Map<Path, { own: RawVariant; variants: Variant[] }>();
  for (const entry of entries) {
    const own = reportOnEntry(report, entry.place);
    if (!checkName(entry.name, [...entry.at, "name"], [], own)) continue;
    const defaults = plain ? inherited.raw : filled(inherited.raw, entry);
    const variant = parseEntry(entry, merge(defaults, entry.own), inherited, own);
    if (variant === undefined) continue;
    const placed = { variant, path: entry.at, report: own };
    const group = groups.get(entry.name);
    if (group === undefined) groups.set(entry.name, [placed]);
    else group.push(placed);
    const together = imports.get(entry.at) ?? { own: entry.own, variants: [] };
    together.variants.push(variant);
    imports.set(entry.at, together);
  }
  for (const [path, { own, variants }] of imports) {
    checkPlatformKeys({ path, own, variants }, report);
    checkRunnerArgs({ path, own, variants }, inherited.settings.runners, report);
  }
  return withLinks([...groups.values()].map(join), entries);
}

function withLinks(
  placed: readonly PlacedVariant[],
  entries: readonly ImportedEntry[],
): PlacedVariant[] {
  const linked = new Map(entries.map((entry) => [entry.name, entry.linked]));
  const platforms = new Map(placed.map(({ variant }) => [variant.name, variant.platforms]));
  return placed.map(({ variant, ...rest }) => {
    const contexts = withOnlyPlatforms(variant, linked.get(variant.name) ?? [], platforms);
    return { ...rest, variant: { ...variant, contexts } };
  });
}

function filled(inherited: RawDefaults, { name, values }: ImportedEntry): RawVariant {
  const all = { ...values, name };
  return eachText(inherited, (text) => substitute(text, all));
}

function parseEntry(
  { name, at, runner, values, movingLabels, published }: ImportedEntry,
  raw: RawVariant,
  { targets, settings }: Inherited,
  report: Report,
): Variant | undefined {
  const naming = { name, path: at, fill: (text: string) => text, runner, settings };
  const parsed = parseVariantKeys(raw, naming, report);
  if (parsed === undefined) return undefined;
  const fill = (own: readonly TargetTemplate[] | undefined, others: readonly TargetTemplate[]) => {
    // In its own keys, an entry's field may be called `name`.
    const known = own === undefined ? { ...values, name } : { name, ...values };
    const filling = { ...parsed, values: new Map(Object.entries(known)), path: at };
    return fillTargets(own ?? others, filling, report);
  };
  return {
    ...{ ...parsed, movingLabels },
    publish: fill(published.publish, targets.publish),
    preview: fill(published.preview, targets.preview),
    line: report.lineOf(at) ?? 1,
  };
}

/** The entries with one name as one variant; what differs by platform is kept by platform. */
function join(group: PlacedVariant[]): PlacedVariant {
  const [first, ...others] = group;
  if (first === undefined) throw new Error("a group of entries is empty");
  if (others.length === 0) return first;
  for (const other of others) checkSame(first, other);
  checkPlatforms(group);
  const variants = group.map(({ variant }) => variant);
  const platforms = new Map(
    variants.flatMap((variant) => variant.platforms.map((one) => [formatPlatform(one), one])),
  );
  const args = Object.fromEntries(
    Object.entries(first.variant.args).filter(([key, value]) =>
      variants.every((variant) => variant.args[key] === value),
    ),
  );
  const platformArgs = variants.flatMap((variant) => {
    const differing = Object.entries(variant.args).filter(([key]) => !Object.hasOwn(args, key));
    return variant.platforms.map(formatPlatform).flatMap((platform) => {
      const own = { ...Object.fromEntries(differing), ...variant.platformArgs[platform] };
      return Object.keys(own).length === 0 ? [] : [[platform, own] as const];
    });
  });
  const variant: Variant = {
    ...first.variant,
    platforms: [...platforms.values()],
    args,
    platformArgs: Object.fromEntries(platformArgs),
    runners: Object.fromEntries(variants.flatMap(({ runners }) => Object.entries(runners))),
    movingLabels: [...new Set(variants.flatMap(({ movingLabels }) => movingLabels))],
  };
  return { ...first, variant };
}

/** The keys in which entries with one name may differ. */
const byPlatform = new Set([
  "platforms",
  "args",
  "platformArgs",
  "runners",
  "movingLabels",
  "line",
]);

function checkSame(first: PlacedVariant, other: PlacedVariant): void {
  for (const key of ["publish", "preview"] as const) {
    if (said(first.variant[key]) === said(other.variant[key])) continue;
    other.report.add(
      [...other.path, key],
      `"${other.variant.name}" is published to different tags or repositories than ${first.report.where(first.path)}`,
      "entries with the same name form one image: use only fields that they share",
    );
  }
  const others = new Map<string, unknown>(Object.entries(other.variant));
  for (const [key, value] of Object.entries(first.variant)) {
    if (key === "publish" || key === "preview") continue;
    const [a, b] = [said(value), said(others.get(key))];
    if (byPlatform.has(key) || a === b) continue;
    other.report.add(
      [...other.path, spelt(key)],
      `"${other.variant.name}" has a different ${spelt(key)} than ${first.report.where(first.path)}: ${b}, not ${a}`,
      "entries with the same name form one variant: only platform, args and runner can differ",
    );
  }
}

function said(value: unknown): string {
  return value === undefined ? "none" : JSON.stringify(value);
}

function checkPlatforms(group: readonly PlacedVariant[]): void {
  const seen = new Map<string, PlacedVariant>();
  for (const placed of group) {
    for (const platform of placed.variant.platforms.map(formatPlatform)) {
      const before = seen.get(platform);
      seen.set(platform, before ?? placed);
      if (before === undefined) continue;
      placed.report.add(
        [...placed.path, "name"],
        `the leg ${placed.variant.name}/${platform} is defined twice`,
        `also defined ${before.report.where(before.path)}; entries with the same name need different platforms`,
      );
    }
  }
}

/** `shmSize` is `shm-size` in the file. */
function spelt(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
