import type { Tri } from "../../expressions/value.ts";

/** GitLab matches with RE2, in linear time; here a pattern may backtrack, so both are bounded. */
const longestText = 100;
const mostRepeats = 3;

/** Whether a text matches `/pattern/flags`; undefined for a pattern that is not tried here. */
export function matchesPattern(text: string, source: string): Tri {
  const [, pattern, flags = ""] = /^\/([^]*)\/([ims]*)$/.exec(source) ?? [];
  if (pattern === undefined || text.length > longestText) return undefined;
  const repeats = pattern.match(/[*+?{]/g)?.length ?? 0;
  if (repeats > mostRepeats || /\)[*+{]/.test(pattern)) return undefined;
  try {
    return new RegExp(pattern, flags).test(text);
  } catch {
    return undefined;
  }
}
