import { parseDuration } from "../../duration.ts";
import { UsageError } from "../../errors.ts";
import type { DirRules, Retention } from "../config.ts";
import { parseNamed } from "../parse-named.ts";
import type { RawDirRules, RawRetention } from "../schema/cache-schema.ts";
import type { Report } from "../schema/report.ts";
import { parseSize } from "../size.ts";
import type { Path } from "../yaml/yaml-file.ts";

/** Everything is kept for a day in any case: a build takes hours, and publishing comes after it. */
const defaultGrace = 86_400_000;

/** Checks `cache.retention`; problems go to the report. */
export function normaliseRetention(raw: RawRetention = {}, report: Report): Retention {
  const at = ["cache", "retention"];
  const read = readerOf(raw, at, report);
  return {
    orphaned: read("orphaned", parseDuration),
    unused: read("unused", parseDuration),
    legs: read("legs", parseKept),
    maxSize: read("max-size", parseSize),
    grace: read("grace", parseDuration) ?? defaultGrace,
    dirs: normaliseDirRules(raw.dirs, [...at, "dirs"], report),
  };
}

function normaliseDirRules(raw: RawDirRules = {}, at: Path, report: Report): DirRules {
  const read = readerOf(raw, at, report);
  return {
    olderThan: read("older-than", parseDuration),
    keepLast: read("keep-last", parseKept),
    maxSize: read("max-size", parseSize),
  };
}

/** Parses the values of a map; errors name the key. */
function readerOf<Raw extends object>(raw: Raw, at: Path, report: Report) {
  return <T>(name: keyof Raw & string, parse: (text: string) => T): T | undefined => {
    const text = raw[name];
    if (typeof text !== "string") return undefined;
    const path = [...at, name];
    return report.try(path, () => parseNamed(path.join("."), text, parse));
  };
}

/** Whether a policy deletes anything. */
export function hasRules({ orphaned, unused, legs, maxSize, dirs }: Retention): boolean {
  const rules = [orphaned, unused, legs, maxSize];
  return rules.some((rule) => rule !== undefined) || hasDirRules(dirs);
}

/** Whether any directory cache can be deleted. */
export function hasDirRules({ olderThan, keepLast, maxSize }: DirRules): boolean {
  return [olderThan, keepLast, maxSize].some((rule) => rule !== undefined);
}

/** How many to keep. Throws a usage error for a text that is not a number, and for 0. */
export function parseKept(text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw new UsageError("Use an integer from 1 to 99999.");
}
