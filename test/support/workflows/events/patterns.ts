/**
 * Whether a name matches a list of filter patterns, the last match deciding ("Filter pattern cheat
 * sheet" of GitHub's documentation): `*` without `/`, `**` with it, `?` and `+` for what is before
 * them, `[]` for one character, `!` at the start to exclude again.
 */
export function matchesPatterns(name: string, patterns: readonly string[]): boolean {
  let matches = false;
  for (const pattern of patterns) {
    const excludes = pattern.startsWith("!");
    if (expressionOf(excludes ? pattern.slice(1) : pattern).test(name)) matches = !excludes;
  }
  return matches;
}

function expressionOf(pattern: string): RegExp {
  const tokens = pattern.match(/\*\*\/?|\\.|\[[^\]]*\]|[^]/g) ?? [];
  const parts = tokens.map((token) => {
    if (token === "**/") return "(?:.*/)?";
    if (token === "**") return ".*";
    if (token === "*") return "[^/]*";
    if (token === "?" || token === "+" || token.startsWith("[")) return token;
    return token.startsWith("\\") ? token : token.replace(/[.^$|(){}]/, "\\$&");
  });
  return new RegExp(`^${parts.join("")}$`);
}
