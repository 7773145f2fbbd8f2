/**
 * Whether a branch matches one of the globs: `*` matches any characters but `/`, `**` any at all,
 * `?` one character but `/`. Every other character matches itself.
 */
export function matchesBranch(branch: string, globs: readonly string[]): boolean {
  return globs.some((glob) => patternOf(glob).test(branch));
}

function patternOf(glob: string): RegExp {
  const source = glob.replace(/\*\*|[*?]|[\\^$.+()[\]{}|/]/g, (part) => {
    if (part === "**") return ".*";
    if (part === "*") return "[^/]*";
    if (part === "?") return "[^/]";
    return `\\${part}`;
  });
  return new RegExp(`^${source}$`);
}
