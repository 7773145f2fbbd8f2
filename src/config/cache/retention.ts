import { UsageError } from "../../errors.ts";
import type { Retention } from "../config.ts";
import { parseDuration } from "../../duration.ts";
import { parseNamed } from "../parse-named.ts";
import type { Report } from "../schema/report.ts";
import type { RawRetention } from "../schema/cache-schema.ts";
import { parseSize } from "../size.ts";

/** Everything is kept for a day in any case: a build takes hours, and publishing comes after it. */
const defaultGrace = 86_400_000;

/** Checks `cache.retention`; problems go to the report. */
export function normaliseRetention(raw: RawRetention | undefined, report: Report): Retention {
  const given = raw ?? {};
  const read = <T>(name: keyof RawRetention, parse: (text: string) => T): T | undefined => {
    const text = given[name];
    if (typeof text !== "string") return undefined;
    return report.try(["cache", "retention", name], () =>
      parseNamed(`cache.retention.${name}`, text, parse),
    );
  };
  return {
    orphaned: read("orphaned", parseDuration),
    unused: read("unused", parseDuration),
    legs: read("legs", parseKept),
    maxSize: read("max-size", parseSize),
    grace: read("grace", parseDuration) ?? defaultGrace,
  };
}

/** How many to keep. Throws a usage error for a text that is not a number, and for 0. */
export function parseKept(text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw new UsageError("Use an integer from 1 to 99999.");
}
