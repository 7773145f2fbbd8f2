import { hash } from "node:crypto";
import * as v from "valibot";

/**
 * What a leg's filtered files define beyond their baselines: short hashes by name, such as
 * `api.proto: field 9 of Request`. They are not part of the input digest.
 */
export type Additions = Readonly<Record<string, string>>;

/** They are in an annotation, in the plan and on a command line, and none of these may grow. Bytes. */
const mostBytes = 8192;
/** The name of all of them, if they are too many to be listed. */
const allAsOne = "one of many definitions";

/** The additions as they are stored: one hash of all of them if they are too many. */
export function boundedAdditions(additions: Additions): Additions {
  const text = formatAdditions(additions);
  if (Buffer.byteLength(text) <= mostBytes) return additions;
  return { [allAsOne]: hash("sha256", text).slice(0, 12) };
}

/** The additions as text, sorted by name. */
export function formatAdditions(additions: Additions): string {
  const sorted = Object.entries(additions).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(Object.fromEntries(sorted));
}

const stored = v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.string()));

/** Parses the text form. Any other text counts as another state of all definitions. */
export function parseAdditions(text: string): Additions {
  const parsed = v.safeParse(stored, text);
  return parsed.success ? parsed.output : { [allAsOne]: "" };
}

/** Names of all additions that are not the same on both sides. */
export function differingAdditions(one: Additions = {}, other: Additions = {}): readonly string[] {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].filter((name) => one[name] !== other[name]);
}

/** Names of the earlier additions that changed since or were deleted. New ones do not count. */
export function changedAdditions(before: Additions = {}, now: Additions = {}): readonly string[] {
  const changed = differingAdditions(before, now).filter((name) => Object.hasOwn(before, name));
  if (changed.length > 0 && Object.hasOwn(now, allAsOne)) return [allAsOne];
  return changed.map((name) =>
    Object.hasOwn(now, name) || name === allAsOne ? name : `${name} (deleted)`,
  );
}
