import { UsageError } from "../../errors.ts";
import { formatPlatform, parsePlatform, type Platform } from "../../oci/platform.ts";
import type { Report } from "../schema/report.ts";
import type { RawVariant } from "../schema/schema.ts";
import { checkArgumentName } from "../schema/sections.ts";
import type { Path } from "../yaml/yaml-file.ts";
import { argsOfRunner, checkRunnerPattern } from "./runner-args.ts";

/** What the file says outside of variants about their keys. */
export interface Settings {
  /** The CI runner for a platform, if the variant has none of its own. */
  readonly runners: Readonly<Record<string, string>>;
  /** The argument that refresh sets. */
  readonly refreshArg: string | undefined;
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
 * for the platform's runner. `own` are the variant's runners. Ignores defaults for a platform that
 * the variant does not have; problems go to the report.
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
    const platform = report.try(at, () => onePlatform(spelt, platforms, report.has(at)), "key");
    if (platform === undefined) continue;
    const values = (found[platform] ??= {});
    for (const [name, value] of Object.entries(args)) {
      report.try([...at, name], () => checkArgument(name, settings), "key");
      if (name in values) report.add(at, `${key} lists ${platform} twice`, undefined, "key");
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

/** The variant's own runners, with platforms in our spelling; problems go to the report. */
export function parseRunners(
  raw: RawVariant["runners"],
  { path, fill, platforms }: Keyed,
  report: Report,
): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [spelt, runner] of Object.entries(raw ?? {})) {
    const at = [...path, "runners", spelt];
    const platform = report.try(at, () => onePlatform(spelt, platforms, true), "key");
    if (platform === undefined) continue;
    if (runner.trim() === "") report.add(at, `the runner for ${platform} is empty`);
    if (platform in found) report.add(at, `runners lists ${platform} twice`, undefined, "key");
    found[platform] = fill(runner);
  }
  return found;
}

/** The platform in our spelling; undefined, or a usage error, if the variant does not have it. */
function onePlatform(
  text: string,
  platforms: readonly Platform[],
  own: boolean,
): string | undefined {
  const normal = formatPlatform(parsePlatform(text));
  const known = platforms.map(formatPlatform);
  if (known.includes(normal)) return normal;
  if (!own) return undefined;
  throw new UsageError(`the variant is not built for ${normal}`, {
    hint: `use one of its platforms: ${known.join(", ")}`,
  });
}
