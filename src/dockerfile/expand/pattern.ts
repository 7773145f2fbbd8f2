import { UsageError } from "../../errors.ts";
import { trim } from "../parse/space.ts";

/** One line of an ignore file, or one glob, compiled. */
export interface Pattern {
  /** After cleaning, without the `!`. */
  readonly text: string;
  /** Whether it takes back what earlier patterns matched. */
  readonly exception: boolean;
  /**
   * Whether the path itself matches; the caller looks at parent folders. Throws a usage error,
   * without a place, if the pattern is one that is rejected only when it is first compared.
   */
  readonly matches: (path: string) => boolean;
  /** The text that every matching path begins with. */
  readonly prefix: string;
}

/**
 * A pattern by the rules of moby/patternmatcher: `*` and `?` stop at slashes, `**` does not,
 * `[a-z]` is a class, a backslash escapes. Undefined for a blank text. Throws a usage error,
 * without a place, if Go's path.Match calls it malformed. BuildKit rejects a pattern whose
 * expression does not compile, such as `[b-a]`, only once a path is compared with it.
 */
export function compilePattern(line: string): Pattern | undefined {
  const trimmed = trim(line);
  if (trimmed === "") return undefined;
  const exception = trimmed.startsWith("!");
  const text = exception ? trimmed.slice(1) : trimmed;
  if (text === "") throw bad(line, "nothing comes after the !");
  checkSyntax(text);
  return { text, exception, matches: matcherOf(text), prefix: /^[^*?[\\]*/.exec(text)?.[0] ?? "" };
}

/** Go's path.Clean: removes `.`, `..` except at the start, and repeated or trailing slashes. */
export function cleanPath(path: string): string {
  const rooted = path.startsWith("/");
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else if (!rooted) parts.push(part);
  }
  const joined = parts.join("/");
  return rooted ? `/${joined}` : joined === "" ? "." : joined;
}

/** How a pattern is compared. It becomes an expression only if a plain comparison is not enough. */
function matcherOf(text: string): (path: string) => boolean {
  if (!/[*?[\]\\]/.test(text)) return (path) => path === text;
  const fixed = /^(?:\*\*)?([^*?[\]\\]*)(?:\*\*)?$/.exec(text)?.[1];
  const [anyHead, anyTail] = [text.startsWith("**"), text.endsWith("**")];
  if (text === "**") return () => true;
  if (fixed !== undefined && anyHead && !anyTail) {
    // `**/a` also matches `a` itself, and `**.md` everything that ends in `.md`.
    const whole = fixed.startsWith("/") ? fixed.slice(1) : undefined;
    return (path) => path.endsWith(fixed) || path === whole;
  }
  if (fixed !== undefined && anyTail && !anyHead) return (path) => path.startsWith(fixed);
  let expression: RegExp | undefined;
  return (path) => (expression ??= expressionOf(text)).test(path);
}

function expressionOf(text: string): RegExp {
  const characters = Array.from(text);
  let source = "";
  let inClass = false;
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? "";
    const next = characters[at + 1];
    if (character === "*" && next === "*") {
      at += characters[at + 2] === "/" ? 2 : 1;
      source += at + 1 === characters.length ? "[^\\n]*" : "(?:[^\\n]*/)?";
    } else if (character === "*" || character === "?") {
      // Within a class, moby's own expression is closed by this bracket.
      source += `${inClass ? "\\[^/]" : "[^/]"}${character === "*" ? "*" : ""}`;
      inClass = false;
    } else if (character === "\\") {
      at++;
      source += escaped(next ?? "", text, inClass);
    } else if (inClass && posixClassAt(characters, at) !== undefined) {
      const name = posixClassAt(characters, at) ?? "";
      source += posixClass(name, text);
      at += name.length + 3;
    } else if (character === "[" && !inClass) {
      inClass = true;
      source += next === "^" ? "[^" : "[";
      if (next === "^") at++;
    } else if (character === "]" && inClass) {
      inClass = false;
      source += "]";
    } else if (character === "-" && inClass) source += "-";
    else if (character === "^" && !inClass) source += "^";
    else source += literal(character, inClass);
  }
  try {
    return new RegExp(`^${source}$`, "u");
  } catch (cause) {
    throw bad(text, "it has malformed brackets", cause);
  }
}

/**
 * moby passes an escape on to Go's expressions: before a letter it is a class, a control character
 * or an error.
 */
function escaped(character: string, text: string, inClass: boolean): string {
  if (/^[dDsSwWfnrtv]$/.test(character) || (!inClass && /^[bB]$/.test(character))) {
    return `\\${character}`;
  }
  if (character === "a") return "\\x07";
  if (/^[A-Za-z0-9]$/.test(character)) throw bad(text, `\\${character} is not a valid escape`);
  return literal(character, inClass);
}

const posix: ReadonlyMap<string, string> = new Map([
  ["alnum", "0-9A-Za-z"],
  ["alpha", "A-Za-z"],
  ["ascii", "\\x00-\\x7F"],
  ["blank", "\\t "],
  ["cntrl", "\\x00-\\x1F\\x7F"],
  ["digit", "0-9"],
  ["graph", "!-~"],
  ["lower", "a-z"],
  ["print", " -~"],
  ["punct", "!-\\/:-@\\[-`\\{-~"],
  ["space", "\\t\\n\\v\\f\\r "],
  ["upper", "A-Z"],
  ["word", "0-9A-Za-z_"],
  ["xdigit", "0-9A-Fa-f"],
]);

/** Within a class, Go's expressions read `[:alpha:]` as a class of POSIX. */
function posixClassAt(characters: readonly string[], at: number): string | undefined {
  if (characters[at] !== "[" || characters[at + 1] !== ":") return undefined;
  const end = characters.indexOf(":", at + 2);
  return end > 0 && characters[end + 1] === "]"
    ? characters.slice(at + 2, end).join("")
    : undefined;
}

function posixClass(name: string, text: string): string {
  const known = posix.get(name);
  if (known === undefined) throw bad(text, `[:${name}:] is not a character class`);
  return known;
}

function literal(character: string, inClass: boolean): string {
  if (/^[\\^$.*+?()[\]{}|/]$/.test(character)) return `\\${character}`;
  return inClass && character === "-" ? "\\-" : character;
}

/** What Go's path.Match calls malformed. */
function checkSyntax(text: string): void {
  const characters = Array.from(text);
  let at = 0;
  const readInClass = (): void => {
    const character = characters[at];
    if (character === undefined || character === "-" || character === "]") {
      throw bad(text, "it has a malformed bracket");
    }
    if (character === "\\") at++;
    if (characters[at] === undefined) throw bad(text, "it has an unclosed bracket");
    at++;
    if (at >= characters.length) throw bad(text, "it has an unclosed bracket");
  };
  while (at < characters.length) {
    const character = characters[at++];
    if (character === "\\") {
      if (at >= characters.length) throw bad(text, "nothing follows the backslash");
      at++;
    } else if (character === "[") {
      if (characters[at] === "^") at++;
      for (let ranges = 0; ranges === 0 || characters[at] !== "]"; ranges++) {
        readInClass();
        if (characters[at] === "-") {
          at++;
          readInClass();
        }
      }
      at++;
    }
  }
}

function bad(text: string, why: string, cause?: unknown): UsageError {
  return new UsageError(`"${text}" is not a valid pattern: ${why}`, { cause });
}
