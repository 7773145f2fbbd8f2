import { cleanPath, compilePattern, type Pattern } from "../expand/pattern.ts";
import { inPlace } from "../parse/place.ts";
import { trim } from "../parse/space.ts";

/** Which patterns matched a folder. Its entries start from this. */
export type FolderMatch = readonly boolean[];

/**
 * Ordered patterns: a later one overrides an earlier one, and `!` takes back. Used for what an
 * ignore file leaves out, and for the globs that narrow a context.
 */
export interface PathRules {
  /** Identifies the set of rules. */
  readonly key: string;
  /**
   * Whether a relative path with `/` is matched, either itself or through a folder that contains
   * it.
   */
  matches(path: string): boolean;
  /** The 1-based line of the ignore file whose pattern matches the path; undefined if none does. */
  lineFor(path: string): number | undefined;
  /** The same for a walker, which knows what matched the path's folder (nothing at the top). */
  enter(
    path: string,
    folder?: FolderMatch,
  ): { readonly matched: boolean; readonly here: FolderMatch };
  /** Whether `!` could take back a path below the folder. */
  mayTakeBackBelow(folder: string): boolean;
  /** Whether a path below the folder could match although the folder does not. */
  mayMatchBelow(folder: string): boolean;
}

/**
 * An ignore file's rules, as BuildKit reads them (moby/patternmatcher, and its ignorefile for the
 * lines): a `#` at the start of a line begins a comment, slashes at both ends are ignored, letter
 * case counts. Throws a usage error with file and line for a malformed pattern: here, or when a
 * path is first compared with it if BuildKit rejects it only then.
 */
export function compileIgnore(text: string, file = ".dockerignore"): PathRules {
  const patterns: PlacedPattern[] = [];
  for (const [at, line] of text
    .replace(/^\uFEFF/, "")
    .split("\n")
    .entries()) {
    if (line.startsWith("#")) continue;
    const pattern = inPlace(file, at + 1, () => compilePattern(normalLine(line)));
    if (pattern === undefined) continue;
    const matches = (path: string) => inPlace(file, at + 1, () => pattern.matches(path));
    patterns.push({ ...pattern, matches, line: at + 1 });
  }
  return rulesOf(patterns);
}

/**
 * Globs of paths, with `{a,b}` for alternatives, which ignore files do not have. Throws a usage
 * error for a malformed glob.
 */
export function compileGlobs(globs: readonly string[]): PathRules {
  const patterns = globs
    .flatMap(alternativesOf)
    .flatMap((glob) => compilePattern(normalLine(glob)) ?? []);
  // BuildKit never sees these, so problems are reported at once.
  for (const pattern of patterns) pattern.matches("");
  return rulesOf(patterns);
}

/**
 * Patterns of instructions (`--exclude`, and what `--parents` takes). Unlike in an ignore file, a
 * leading slash counts, and so matches nothing. Throws a usage error for a malformed pattern.
 */
export function compilePatterns(texts: readonly string[]): PathRules {
  const written = texts.map(trim).filter((text) => text !== "");
  return rulesOf(written.flatMap((text) => compilePattern(cleanPath(text)) ?? []));
}

/** A pattern, and its 1-based line if it is in a file. */
interface PlacedPattern extends Pattern {
  readonly line?: number;
}

function rulesOf(patterns: readonly PlacedPattern[]): PathRules {
  const enter: PathRules["enter"] = (path, folder) => {
    let matched = false;
    // BuildKit's walker skips a pattern that could change nothing, and so does not know for the
    // folder's entries whether it would have matched (MatchesUsingParentResults).
    const here = patterns.map((pattern, at) => {
      const matches =
        folder?.[at] === true || (pattern.exception === matched && pattern.matches(path));
      if (matches) matched = !pattern.exception;
      return matches;
    });
    return { matched, here };
  };
  const enterWhole = (path: string): ReturnType<PathRules["enter"]> => {
    let entered: ReturnType<PathRules["enter"]> | undefined;
    for (let slash = path.indexOf("/"); ; slash = path.indexOf("/", slash + 1)) {
      entered = enter(slash < 0 ? path : path.slice(0, slash), entered?.here);
      if (slash < 0) return entered;
    }
  };
  const exceptions = patterns.filter(({ exception }) => exception);
  const others = patterns.filter(({ exception }) => !exception);
  return {
    key: patterns.map(({ exception, text }) => `${exception ? "!" : ""}${text}`).join("\n"),
    enter,
    matches: (path) => enterWhole(path).matched,
    lineFor: (path) => {
      const { matched, here } = enterWhole(path);
      // An exception that matched later would have taken the path back.
      return matched ? patterns[here.lastIndexOf(true)]?.line : undefined;
    },
    mayTakeBackBelow: (folder) => exceptions.some((pattern) => mayMatchBelow(pattern, folder)),
    mayMatchBelow: (folder) => others.some((pattern) => mayMatchBelow(pattern, folder)),
  };
}

/** Only a pattern whose fixed beginning differs cannot match below a folder. */
function mayMatchBelow({ prefix }: Pattern, folder: string): boolean {
  const below = `${folder}/`;
  return prefix.startsWith(below) || below.startsWith(prefix);
}

/** Removes white space, `.`, `..`, and slashes at both ends; a leading `!` stays. */
function normalLine(line: string): string {
  const trimmed = trim(line);
  const exception = trimmed.startsWith("!");
  const written = exception ? trim(trimmed.slice(1)) : trimmed;
  if (written === "") return exception ? "!" : "";
  const clean = cleanPath(written);
  const relative = clean.length > 1 && clean.startsWith("/") ? clean.slice(1) : clean;
  // A lone slash, negated, becomes empty when it is cleaned again.
  return exception ? (relative === "/" ? "!" : `!${relative}`) : relative;
}

/** `a{b,c}d` as `abd` and `acd`, also nested. Unmatched braces stay as they are. */
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
