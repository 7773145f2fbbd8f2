import { UsageError } from "../../errors.ts";

/**
 * The pattern (RE2) of the branches that a glob of `branches.release` matches, for `=~` in rules.
 * Throws a usage error for a glob that no rule can hold.
 */
export function branchPattern(glob: string): string {
  if (/[\r\n]/.test(glob)) {
    throw new UsageError("branches.release contains a pattern with a line break");
  }
  const tokens = glob.match(/\*\*|[^]/gu) ?? [];
  return `/^${tokens.map(patternOf).join("")}$/`;
}

function patternOf(token: string): string {
  switch (token) {
    case "**":
      return ".*";
    case "*":
      return "[^\\/]*";
    case "?":
      return "[^\\/]";
    default:
      return token.replace(/[\\^$.|+()[\]{}/]/g, "\\$&");
  }
}
