/**
 * Whether a branch matches one of the globs: `*` is any characters but `/`, `**` any at all,
 * `?` one character but `/`; everything else stands for itself.
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
