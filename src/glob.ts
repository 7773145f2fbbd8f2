/**
 * Whether the name of a repository or a branch matches a glob: `*` matches any characters but `/`,
 * `**` any at all, `?` one character but `/`; everything else matches itself. The time is bounded by
 * the product of both lengths, whatever the stars: names come from untrusted clients, and a regular
 * expression would backtrack.
 *
 * Files have another language, with character classes and exceptions: `dockerfile/ignore`.
 */
export function compileGlob(glob: string): (name: string) => boolean {
  if (glob === "**") return () => true;
  if (!/[*?]/.test(glob)) return (name) => name === glob;
  const tokens = glob.match(/\*\*|[^]/g) ?? [];
  return (name) => {
    // For each prefix length of the name, whether the tokens so far match that prefix.
    let reached: boolean[] = Array.from({ length: name.length + 1 }, (_, length) => length === 0);
    for (const token of tokens) {
      const next: boolean[] = [];
      for (let length = 0; length <= name.length; length++) {
        const before = length > 0 && (reached[length - 1] ?? false);
        const longer = length > 0 && (next[length - 1] ?? false);
        const character = name[length - 1];
        if (token === "**") next.push((reached[length] ?? false) || longer);
        else if (token === "*")
          next.push((reached[length] ?? false) || (longer && character !== "/"));
        else if (token === "?") next.push(before && character !== "/");
        else next.push(before && character === token);
      }
      reached = next;
    }
    return reached[name.length] ?? false;
  };
}
