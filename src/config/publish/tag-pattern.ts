import { messageOf, UsageError } from "../../errors.ts";
import type { TagPattern } from "../config.ts";

/** Far longer than anyone writes, and short enough to compile at once. */
const longest = 1000;

/**
 * Checks a regular expression of a tag rule. With `delimiters`, `/…/i` has flags, as in
 * docker/metadata-action's `type=match`. Throws a usage error.
 */
export function parseTagPattern(
  name: string,
  text: string,
  options: { readonly delimiters: boolean },
): TagPattern {
  if (text.length > longest) {
    throw new UsageError(
      `${name} has ${String(text.length)} characters, but the limit is ${String(longest)}`,
    );
  }
  const [, inside, flags = ""] = (options.delimiters ? /^\/(.+)\/(.*)$/ : /^$/).exec(text) ?? [];
  const pattern = { text, source: inside ?? text, flags };
  try {
    new RegExp(pattern.source, pattern.flags);
  } catch (cause) {
    throw new UsageError(`${name} is not a valid regular expression: ${messageOf(cause)}`, {
      hint: "use a JavaScript regular expression; if it contains a comma, put quotes around the whole name=value field",
      cause,
    });
  }
  return pattern;
}

/**
 * Throws a usage error if the pattern has no such group. With the flag `g` the match is a list of
 * all matches, whose length depends on the text.
 */
export function requireGroup(name: string, pattern: TagPattern, group: number): void {
  if (pattern.flags.includes("g")) return;
  const groups = groupsOf(pattern);
  if (group <= groups) return;
  const has =
    groups === 0 ? "no groups" : groups === 1 ? "only one group" : `only ${String(groups)} groups`;
  throw new UsageError(
    `${name} ${pattern.text} has ${has}, so group ${String(group)} does not exist`,
    {
      hint:
        groups === 0
          ? "put parentheses around the part to use in the tag"
          : `use a number from 0 (the entire match) to ${String(groups)}`,
    },
  );
}

/** The first alternative, nothing, matches at once, and its result has all groups. */
function groupsOf({ source, flags }: TagPattern): number {
  return (new RegExp(`|${source}`, flags).exec("")?.length ?? 1) - 1;
}
