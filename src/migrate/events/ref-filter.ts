/** Whether a branch or tag passes a filter of `on.push`: the last pattern that matches decides. */
export function passesFilter(patterns: readonly string[], name: string): boolean {
  return patterns.reduce((passes, pattern) => {
    const isNegative = pattern.startsWith("!");
    const matches = patternOf(isNegative ? pattern.slice(1) : pattern)?.test(name) === true;
    return matches ? !isNegative : passes;
  }, false);
}

/** A name that a pattern matches: stars become `example`. Undefined if that is not so simple. */
export function nameFor(pattern: string, example: string): string | undefined {
  const name = pattern
    .replace(/\*+/g, example)
    .replace(/\[0-9\][+?]?/g, "1")
    .replaceAll("\\", "");
  return passesFilter([pattern], name) ? name : undefined;
}

/** With more of them, a regular expression may take very long. */
const mostWildcards = 8;

/** GitHub's filter patterns: `*`, `**`, `?`, `+`, `[]`; undefined for an invalid one. */
function patternOf(pattern: string): RegExp | undefined {
  if ((pattern.match(/[*?+]+/g) ?? []).length > mostWildcards) return undefined;
  const source = pattern.replace(/\*\*|\*|\[[^\]]*\]|\\.|[?+]|[^\w]/g, (part) => {
    if (part === "**") return ".*";
    if (part === "*") return "[^/]*";
    if (part.startsWith("[") || part.startsWith("\\") || part === "?" || part === "+") return part;
    return `\\${part}`;
  });
  try {
    return new RegExp(`^${source}$`);
  } catch {
    return undefined;
  }
}
