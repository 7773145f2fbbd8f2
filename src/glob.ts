/**
 * Whether the name of a repository or a branch matches a glob: `*` is any characters but `/`, `**`
 * any at all, `?` one character but `/`; everything else is itself. Takes time that grows with the
 * lengths of both multiplied, whatever the stars: names come from strangers, and a regular
 * expression would try them in every way.
 *
 * Files have another language, with character classes and exceptions: `dockerfile/ignore`.
 */
export function compileGlob(glob: string): (name: string) => boolean {
  if (glob === "**") return () => true;
  if (!/[*?]/.test(glob)) return (name) => name === glob;
  const tokens = glob.match(/\*\*|[^]/g) ?? [];
  return (name) => {
    // For each length of a beginning of the name, whether the tokens so far match it.
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
