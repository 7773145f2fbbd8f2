import { UsageError } from "../../errors.ts";
import type { Retention } from "../config.ts";
import { parseDuration } from "../duration.ts";
import type { Report } from "../schema/report.ts";
import type { RawRetention } from "../schema/schema.ts";
import { parseSize } from "../size.ts";

/** What stays a day in any case: a build takes hours, and what it publishes comes after. */
const defaultGrace = 86_400_000;

/** `cache.retention`, checked; what is wrong goes to the report. */
export function normaliseRetention(raw: RawRetention | undefined, report: Report): Retention {
  const given = raw ?? {};
  const read = <T>(name: keyof RawRetention, parse: (text: string) => T): T | undefined => {
    const text = given[name];
    if (typeof text !== "string") return undefined;
    return report.try(["cache", "retention", name], () => parse(text));
  };
  return {
    orphaned: read("orphaned", parseDuration),
    unused: read("unused", parseDuration),
    legs: read("legs", parseKept),
    maxSize: read("max-size", parseSize),
    grace: read("grace", parseDuration) ?? defaultGrace,
  };
}

/** How many of something stay. Throws a usage error for what is no number, and for none. */
export function parseKept(text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw new UsageError("Write a number from 1 to 99999.");
}
