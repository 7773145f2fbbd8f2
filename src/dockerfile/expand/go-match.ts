/**
 * Whether BuildKit treats a source as a wildcard: it has a `*`, `?` or `[` that no backslash
 * escapes.
 */
export function hasWildcards(path: string): boolean {
  if (!/[*?[]/.test(path)) return false;
  for (let at = 0; at < path.length; at++) {
    const character = path.charAt(at);
    if (character === "\\") at++;
    else if (character === "*" || character === "?" || character === "[") return true;
  }
  return false;
}

/**
 * A pattern as Go's `path.Match` reads it, for whole paths: `*` and `?` stop at slashes, a class
 * does not, there is no `**`. Undefined if it is malformed.
 */
export function compileGoMatch(pattern: string): ((path: string) => boolean) | undefined {
  const characters = Array.from(pattern);
  let source = "";
  let at = 0;
  while (at < characters.length) {
    const character = characters[at++] ?? "";
    if (character === "*") source += "[^/]*";
    else if (character === "?") source += "[^/]";
    else if (character === "\\") {
      const escaped = characters[at++];
      if (escaped === undefined) return undefined;
      source += literal(escaped);
    } else if (character === "[") {
      const read = readClass(characters, at);
      if (read === undefined) return undefined;
      source += read.source;
      at = read.end;
    } else source += literal(character);
  }
  const expression = new RegExp(`^${source}$`, "u");
  return (path) => expression.test(path);
}

/** The text after the bracket, up to the one that closes it. */
function readClass(
  characters: readonly string[],
  start: number,
): { readonly source: string; readonly end: number } | undefined {
  let at = start;
  const negated = characters[at] === "^";
  if (negated) at++;
  const readOne = (): string | undefined => {
    let character = characters[at++];
    if (character === undefined || character === "-" || character === "]") return undefined;
    if (character === "\\") character = characters[at++];
    return at < characters.length ? character : undefined;
  };
  let ranges = "";
  for (let count = 0; count === 0 || characters[at] !== "]"; count++) {
    const low = readOne();
    if (low === undefined) return undefined;
    let high: string | undefined = low;
    if (characters[at] === "-") {
      at++;
      high = readOne();
      if (high === undefined) return undefined;
    }
    // A range that runs backwards matches nothing.
    if (codeOf(low) <= codeOf(high)) ranges += `${literal(low)}-${literal(high)}`;
  }
  if (ranges === "") return { source: negated ? "[^]" : "[]", end: at + 1 };
  return { source: `[${negated ? "^" : ""}${ranges}]`, end: at + 1 };
}

function literal(character: string): string {
  return `\\u{${codeOf(character).toString(16)}}`;
}

function codeOf(character: string): number {
  return character.codePointAt(0) ?? 0;
}
