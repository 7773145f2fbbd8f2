import { cleanPath, compilePattern, type Pattern } from "../expand/pattern.ts";
import { inPlace } from "../parse/place.ts";
import { trim } from "../parse/space.ts";

/** Which patterns matched a folder: what its entries start from. */
export type FolderMatch = readonly boolean[];

/**
 * Patterns in order, where a later one goes before an earlier one and `!` takes back. Used for
 * what an ignore file leaves out, and for the globs that narrow a context.
 */
export interface PathRules {
  /** Tells two sets of rules apart. */
  readonly key: string;
  /** Whether a path, relative and with `/`, is matched, by itself or with a folder it is in. */
  matches(path: string): boolean;
  /** The same for a walker, which knows what matched the path's folder (nothing at the top). */
  enter(
    path: string,
    folder?: FolderMatch,
  ): { readonly matched: boolean; readonly here: FolderMatch };
  /** Whether a path below the folder could be one that `!` takes back. */
  mayTakeBackBelow(folder: string): boolean;
  /** Whether a path below the folder could match although the folder does not. */
  mayMatchBelow(folder: string): boolean;
}

/**
 * An ignore file's rules, as BuildKit reads them (moby/patternmatcher, and its ignorefile for the
 * lines): `#` at a line's very beginning is a comment, slashes at the beginning and the end do
 * not count, letter case does. Throws a usage error with file and line for a malformed pattern,
 * here or, for one that BuildKit refuses only then, when a path is first compared with it.
 */
export function compileIgnore(text: string, file = ".dockerignore"): PathRules {
  const patterns: Pattern[] = [];
  for (const [at, line] of text
    .replace(/^\uFEFF/, "")
    .split("\n")
    .entries()) {
    if (line.startsWith("#")) continue;
    const pattern = inPlace(file, at + 1, () => compilePattern(normalLine(line)));
    if (pattern === undefined) continue;
    const matches = (path: string) => inPlace(file, at + 1, () => pattern.matches(path));
    patterns.push({ ...pattern, matches });
  }
  return rulesOf(patterns);
}

/**
 * Globs of paths; `{a,b}` gives alternatives, which ignore files do not know. Throws a usage error
 * for a malformed one.
 */
export function compileGlobs(globs: readonly string[]): PathRules {
  const patterns = globs
    .flatMap(alternativesOf)
    .flatMap((glob) => compilePattern(normalLine(glob)) ?? []);
  // Ours alone, so what is wrong is said at once.
  for (const pattern of patterns) pattern.matches("");
  return rulesOf(patterns);
}

/**
 * Patterns as instructions give them (`--exclude`, and what `--parents` takes): unlike an ignore
 * file's, a slash at the beginning counts, and so matches nothing. Throws a usage error for a
 * malformed one.
 */
export function compilePatterns(texts: readonly string[]): PathRules {
  const written = texts.map(trim).filter((text) => text !== "");
  return rulesOf(written.flatMap((text) => compilePattern(cleanPath(text)) ?? []));
}

function rulesOf(patterns: readonly Pattern[]): PathRules {
  const enter: PathRules["enter"] = (path, folder) => {
    let matched = false;
    // BuildKit's walker does not try a pattern that could change nothing, and so does not know
    // for the folder's entries whether it would have matched (MatchesUsingParentResults).
    const here = patterns.map((pattern, at) => {
      const matches =
        folder?.[at] === true || (pattern.exception === matched && pattern.matches(path));
      if (matches) matched = !pattern.exception;
      return matches;
    });
    return { matched, here };
  };
  const exceptions = patterns.filter(({ exception }) => exception);
  const others = patterns.filter(({ exception }) => !exception);
  return {
    key: patterns.map(({ exception, text }) => `${exception ? "!" : ""}${text}`).join("\n"),
    enter,
    matches: (path) => {
      let folder: FolderMatch | undefined;
      let matched = false;
      for (let slash = path.indexOf("/"); ; slash = path.indexOf("/", slash + 1)) {
        const one = enter(slash < 0 ? path : path.slice(0, slash), folder);
        [matched, folder] = [one.matched, one.here];
        if (slash < 0) return matched;
      }
    },
    mayTakeBackBelow: (folder) => exceptions.some((pattern) => mayMatchBelow(pattern, folder)),
    mayMatchBelow: (folder) => others.some((pattern) => mayMatchBelow(pattern, folder)),
  };
}

/** Only a pattern whose fixed beginning goes another way cannot match below a folder. */
function mayMatchBelow({ prefix }: Pattern, folder: string): boolean {
  const below = `${folder}/`;
  return prefix.startsWith(below) || below.startsWith(prefix);
}

/** White space, `.` and `..`, and slashes at both ends go; a `!` stays in front. */
function normalLine(line: string): string {
  const trimmed = trim(line);
  const exception = trimmed.startsWith("!");
  const written = exception ? trim(trimmed.slice(1)) : trimmed;
  if (written === "") return exception ? "!" : "";
  const clean = cleanPath(written);
  const relative = clean.length > 1 && clean.startsWith("/") ? clean.slice(1) : clean;
  // A lone slash, negated, is nothing once it is cleaned again.
  return exception ? (relative === "/" ? "!" : `!${relative}`) : relative;
}

/** `a{b,c}d` as `abd` and `acd`; nested ones too. Braces that do not match are taken as they are. */
function alternativesOf(glob: string): readonly string[] {
  let depth = 0;
  let open = -1;
  const cuts: number[] = [];
  for (let at = 0; at < glob.length; at++) {
    const character = glob.charAt(at);
    if (character === "\\") at++;
    else if (character === "{" && depth++ === 0) open = at;
    else if (character === "," && depth === 1) cuts.push(at);
    else if (character === "}" && depth > 0 && --depth === 0) {
      const [before, after] = [glob.slice(0, open), glob.slice(at + 1)];
      const starts = [open, ...cuts];
      const parts = starts.map((start, part) => glob.slice(start + 1, cuts[part] ?? at));
      return parts.flatMap((part) => alternativesOf(`${before}${part}${after}`));
    }
  }
  return [glob];
}
