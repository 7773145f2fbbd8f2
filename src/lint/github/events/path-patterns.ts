/** A pattern of a `paths` filter. */
export interface PathPattern {
  /** Whether it begins with `!` and takes back what patterns before it matched. */
  readonly negated: boolean;
  /** Whether it has no special characters, and so can match one path only. */
  readonly plain: boolean;
  readonly matches: (path: string) => boolean;
}

/**
 * A pattern by GitHub's rules: `*` stops at slashes, `**` does not, `?` and `+` repeat what is before
 * them, `[a-z]` is a class, a backslash escapes. It matches a whole path from the repository's root:
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet.
 * The time is bounded by the product of both lengths.
 */
export function compilePathPattern(pattern: string): PathPattern {
  const negated = pattern.startsWith("!");
  const text = negated ? pattern.slice(1) : pattern;
  if (!/[*?+[\]\\]/.test(text)) return { negated, plain: true, matches: (path) => path === text };
  const tokens = tokensOf(text);
  const [start = ""] = /^[^*?+[\]\\]*/.exec(text) ?? [];
  // What `?` or `+` follows may repeat.
  const prefix = /^[?+]/.test(text.slice(start.length)) ? start.slice(0, -1) : start;
  return {
    negated,
    plain: false,
    matches: (path) => path.startsWith(prefix) && matchesTokens(tokens, path),
  };
}

interface Token {
  /** `folders` matches nothing, or anything that ends in a slash. */
  readonly kind: "one" | "folders";
  readonly accepts: (character: string) => boolean;
  readonly least: 0 | 1;
  readonly repeats: boolean;
}

const anything = (): boolean => true;
const notSlash = (character: string): boolean => character !== "/";
const folders: Token = { kind: "folders", accepts: anything, least: 0, repeats: true };

function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  for (const { 0: whole, index } of text.matchAll(/\*\*\/?|\*|\?|\+|\[[^\]]*\]|\\?[^]/g)) {
    const before = tokens.at(-1);
    const repeat = (least: 0 | 1, repeats: boolean): void => {
      if (before === undefined) return;
      tokens[tokens.length - 1] = {
        ...before,
        least: least < before.least ? least : before.least,
        repeats: before.repeats || repeats,
      };
    };
    if (whole === "?") repeat(0, false);
    else if (whole === "+") repeat(1, true);
    else if (whole === "**/" && (index === 0 || text[index - 1] === "/")) tokens.push(folders);
    else if (whole.startsWith("**")) {
      tokens.push(many(anything));
      if (whole.endsWith("/")) tokens.push(one((character) => character === "/"));
    } else if (whole === "*") tokens.push(many(notSlash));
    else if (whole.length > 2 && whole.startsWith("[")) tokens.push(one(classOf(whole)));
    else tokens.push(one((character) => character === whole.slice(-1)));
  }
  return tokens;
}

function one(accepts: Token["accepts"]): Token {
  return { kind: "one", accepts, least: 1, repeats: false };
}

function many(accepts: Token["accepts"]): Token {
  return { kind: "one", accepts, least: 0, repeats: true };
}

function classOf(text: string): Token["accepts"] {
  const listed = text.slice(1, -1).replace(/([a-zA-Z0-9])-([a-zA-Z0-9])/g, (_, from, to) => {
    const [first, last] = [String(from).charCodeAt(0), String(to).charCodeAt(0)];
    const length = Math.max(0, last - first + 1);
    return String.fromCharCode(...Array.from({ length }, (_, at) => first + at));
  });
  return (character) => listed.includes(character);
}

function matchesTokens(tokens: readonly Token[], path: string): boolean {
  // For each length of the path, whether the tokens so far match that much of it.
  let reached = Array.from({ length: path.length + 1 }, (_, length) => length === 0);
  for (const token of tokens) {
    reached = token.kind === "folders" ? afterFolders(reached, path) : after(token, reached, path);
  }
  return reached.at(-1) ?? false;
}

function after({ accepts, least, repeats }: Token, reached: boolean[], path: string): boolean[] {
  const next: boolean[] = [];
  for (let length = 0; length <= path.length; length++) {
    const accepted = length > 0 && accepts(path[length - 1] ?? "");
    const began = length > 0 && (reached[length - 1] ?? false);
    const continued = repeats && length > 0 && (next[length - 1] ?? false);
    const skipped = least === 0 && (reached[length] ?? false);
    next.push(skipped || (accepted && (began || continued)));
  }
  return next;
}

function afterFolders(reached: readonly boolean[], path: string): boolean[] {
  let before = false;
  return reached.map((here, length) => {
    const ends = before && path[length - 1] === "/";
    before ||= here;
    return here || ends;
  });
}
