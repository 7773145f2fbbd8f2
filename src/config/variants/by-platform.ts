import { UsageError } from "../../errors.ts";
import { formatPlatform, parsePlatform, type Platform } from "../../oci/platform.ts";
import type { CacheType, Variant } from "../config.ts";
import type { Report } from "../schema/report.ts";
import type { RawVariant } from "../schema/variant-schema.ts";
import { checkArgumentName } from "../schema/sections.ts";
import type { Path } from "../yaml/yaml-file.ts";
import { argsOfRunner, checkRunnerPattern } from "./runner-args.ts";

/** What the file says outside of variants about their keys. */
export interface Settings {
  /** The CI runner for a platform, if the variant has none of its own. */
  readonly runners: Readonly<Record<string, string>>;
  /** The argument that refresh sets. */
  readonly refreshArg: string | undefined;
  readonly cacheType: CacheType;
}

/** A variant whose keys are read. */
export interface Keyed {
  /** The path of the variant's key in the file. */
  readonly path: Path;
  /** A string of the variant with its `{key}` replaced. */
  readonly fill: (text: string) => string;
  readonly platforms: readonly Platform[];
  readonly settings: Settings;
}

type Args = Readonly<Record<string, string>>;

/** Throws a usage error for an argument with an invalid name, or one that refresh sets. */
export function checkArgument(name: string, { refreshArg }: Settings): void {
  checkArgumentName(name);
  if (name !== refreshArg) return;
  throw new UsageError(`refresh already sets the argument ${name}`, {
    hint: "remove it here, or use another name in refresh.arg",
  });
}

/**
 * The arguments of each platform: those of `platform-args`, and over them those of `runner-args`
 * for the platform's runner. `own` are the variant's runners. Ignores a platform that the variant
 * does not have; problems go to the report.
 */
export function parsePlatformArgs(
  raw: Pick<RawVariant, "platform-args" | "runner-args">,
  own: Readonly<Record<string, string>>,
  keyed: Keyed,
  report: Report,
): Record<string, Args> {
  const { path, fill, platforms, settings } = keyed;
  const key = "platform-args";
  const found: Record<string, Record<string, string>> = {};
  for (const [spelt, args] of Object.entries(raw[key] ?? {})) {
    const at = [...path, key, spelt];
    const platform = report.try(at, () => onePlatform(spelt, platforms), "key");
    if (platform === undefined) continue;
    const values = (found[platform] ??= {});
    for (const [name, value] of Object.entries(args)) {
      report.try([...at, name], () => checkArgument(name, settings), "key");
      if (Object.hasOwn(values, name))
        report.add(at, `${key} lists ${platform} twice`, undefined, "key");
      values[name] = fill(value);
    }
  }
  const runnerArgs = parseRunnerArgs(raw["runner-args"] ?? {}, keyed, report);
  for (const platform of platforms.map(formatPlatform)) {
    const args = argsOfRunner(runnerArgs, own[platform] ?? settings.runners[platform]);
    if (Object.keys(args).length > 0) found[platform] = { ...found[platform], ...args };
  }
  return found;
}

/** The arguments with their texts filled, by pattern. */
function parseRunnerArgs(
  raw: Readonly<Record<string, Args>>,
  { path, fill, settings }: Keyed,
  report: Report,
): Record<string, Args> {
  const found: Record<string, Args> = {};
  for (const [pattern, args] of Object.entries(raw)) {
    const at = [...path, "runner-args", pattern];
    report.try(at, () => checkRunnerPattern(pattern), "key");
    for (const name of Object.keys(args)) {
      report.try([...at, name], () => checkArgument(name, settings), "key");
    }
    const filled = Object.entries(args).map(([name, value]) => [name, fill(value)] as const);
    found[pattern] = Object.fromEntries(filled);
  }
  return found;
}

/**
 * The variant's own runners, with platforms in our spelling. Ignores a platform that the variant
 * does not have; problems go to the report.
 */
export function parseRunners(
  raw: RawVariant["runners"],
  { path, fill, platforms }: Keyed,
  report: Report,
): Record<string, string> {
  if (typeof raw === "string") {
    const runner = fill(raw);
    if (raw.trim() === "") report.add([...path, "runners"], "the runner is empty");
    // A matrix may give some of its entries no runner of their own.
    if (runner.trim() === "") return {};
    return Object.fromEntries(platforms.map((one) => [formatPlatform(one), runner]));
  }
  const found: Record<string, string> = {};
  for (const [spelt, runner] of Object.entries(raw ?? {})) {
    const at = [...path, "runners", spelt];
    const platform = report.try(at, () => onePlatform(spelt, platforms), "key");
    if (platform === undefined) continue;
    if (runner.trim() === "") report.add(at, `the runner for ${platform} is empty`);
    if (Object.hasOwn(found, platform))
      report.add(at, `runners lists ${platform} twice`, undefined, "key");
    found[platform] = fill(runner);
  }
  return found;
}

/** The platform in our spelling; undefined if the variant does not have it. */
function onePlatform(text: string, platforms: readonly Platform[]): string | undefined {
  const normal = formatPlatform(parsePlatform(text));
  return platforms.some((one) => formatPlatform(one) === normal) ? normal : undefined;
}

/** Variants of one place in the file, and what it says about platforms. */
interface Written {
  /** The path of the variant or the import. */
  readonly path: Path;
  readonly own: Pick<RawVariant, "platform-args" | "runners">;
  readonly variants: readonly Pick<Variant, "platforms">[];
}

/** Reports each platform in the place's own keys that none of its variants is built for. */
export function checkPlatformKeys({ path, own, variants }: Written, report: Report): void {
  if (variants.length === 0) return;
  const known = new Set(variants.flatMap(({ platforms }) => platforms.map(formatPlatform)));
  const who = variants.length === 1 ? "the variant is not" : "none of its variants is";
  const hint = `use one of ${variants.length === 1 ? "its" : "their"} platforms: ${[...known].join(", ")}`;
  for (const key of ["platform-args", "runners"] as const) {
    const given = own[key] ?? {};
    for (const spelt of typeof given === "string" ? [] : Object.keys(given)) {
      const normal = normalPlatform(spelt);
      if (normal === undefined || known.has(normal)) continue;
      report.add([...path, key, spelt], `${who} built for ${normal}`, hint, "key");
    }
  }
}

/** The platform in our spelling; undefined if it is not one. */
export function normalPlatform(text: string): string | undefined {
  try {
    return formatPlatform(parsePlatform(text));
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}
