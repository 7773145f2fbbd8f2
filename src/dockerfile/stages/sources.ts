import { isSet } from "../check/flags.ts";
import { splitFields } from "../check/mount.ts";
import type { Instruction } from "../parse/dockerfile.ts";
import type { Expanded } from "../expand/expand.ts";
import { hasWildcards } from "../expand/go-match.ts";
import { parseHeredoc } from "../parse/heredoc.ts";
import { cleanPath } from "../expand/pattern.ts";
import { splitPlain } from "../parse/words.ts";

/** One thing that an instruction takes from outside its stage, expanded. */
export interface Source {
  /** What `--from` or `from=` names, as written; undefined for the build context. */
  readonly from: string | undefined;
  /** The word as written. */
  readonly written: string;
  /** The word: a path, or for ADD possibly a URL. */
  readonly word: Pick<Expanded, "value" | "used" | "unset">;
  /** Only ADD's sources can be remote. */
  readonly mayBeRemote: boolean;
  /** Which files the word names, if it is a path. */
  readonly files: FileSelection;
}

/** Files of a context, as BuildKit selects them for an instruction's cache key. */
export interface FileSelection {
  /** From the context's top, clean, without a slash at either end; `""` is the whole context. */
  readonly path: string;
  /** Whether the path is a pattern of Go's `path.Match`. */
  readonly wildcard: boolean;
  /** With `--parents`: a pattern of moby/patternmatcher for what is taken below the path. */
  readonly include: string | undefined;
  /** Patterns of `--exclude`, relative to the path. */
  readonly exclude: readonly string[];
  /** Whether the files are picked one by one, so that the key follows links among them. */
  readonly picked: boolean;
}

/**
 * The sources of instructions without variables. Legs that share a Dockerfile compute them once.
 */
const constant = new WeakMap<Instruction, readonly Source[]>();

/** The sources of COPY, ADD and RUN. */
export function sourcesOf(
  instruction: Instruction,
  expand: (word: string) => Expanded,
): readonly Source[] {
  const known = constant.get(instruction);
  if (known !== undefined) return known;
  const sources = readSources(instruction, expand);
  if (!mentionsVariables(instruction)) constant.set(instruction, sources);
  return sources;
}

/** JSON may write a dollar as an escape. */
function mentionsVariables({ text, json = [] }: Instruction): boolean {
  return [text, ...json].some((part) => part.includes("$"));
}

function readSources(
  instruction: Instruction,
  expand: (word: string) => Expanded,
): readonly Source[] {
  switch (instruction.keyword) {
    case "COPY":
    case "ADD":
      return copySources(instruction, expand);
    case "RUN":
      return instruction.flags
        .filter(({ name }) => name === "mount")
        .flatMap(({ value }) => mountSource(value ?? "", expand) ?? []);
    default:
      return [];
  }
}

function copySources(
  instruction: Instruction,
  expand: (word: string) => Expanded,
): readonly Source[] {
  const { flags, keyword } = instruction;
  const from = flags.find(({ name }) => name === "from")?.value;
  const parents = isSet(instruction, "parents");
  const exclude = flags.flatMap(({ name, value }) => (name === "exclude" ? (value ?? "") : []));
  return sourceWordsOf(instruction).map((written) => {
    const word = expand(written);
    return {
      from: from === "" ? undefined : from,
      written,
      word,
      mayBeRemote: keyword === "ADD",
      files: selection(word.value, parents, exclude),
    };
  });
}

function selection(value: string, parents: boolean, exclude: readonly string[]): FileSelection {
  const pivot = parents ? value.indexOf("/./") : -1;
  const below = pivot < 0 ? value : value.slice(pivot + 3);
  const path = parents
    ? pivot < 0
      ? ""
      : relativePath(value.slice(0, pivot))
    : relativePath(value);
  const include = parents ? relativePath(below) : "";
  return {
    path,
    wildcard: hasWildcards(path),
    include: include === "" ? undefined : include,
    // Whether variables are expanded here depends on the frontend. A file counts unless it is
    // certainly left out; in a list with such a pattern, anything may be taken back.
    exclude: exclude.some((pattern) => pattern.includes("$")) ? [] : exclude,
    picked: parents || exclude.length > 0 || hasWildcards(path),
  };
}

/**
 * All words but the last, which is the destination. A word that looks like a heredoc has its own
 * content, which is empty if there is no such heredoc, as in the JSON form.
 */
function sourceWordsOf(instruction: Instruction): readonly string[] {
  const words = instruction.json ?? splitPlain(instruction.rest);
  return words.slice(0, -1).filter((word) => parseHeredoc(word) === undefined);
}

/**
 * `--mount=type=bind,from=x,source=y`: a bind mount without `from` takes from the build context. A
 * cache mount may start with the content of `from`. Undefined for a mount that takes nothing.
 */
function mountSource(value: string, expand: (word: string) => Expanded): Source | undefined {
  const used = new Set<string>();
  const unset = new Set<string>();
  const fields = new Map(
    splitFields("--mount", value).map(([key, written = ""]) => {
      if (key === "from") return [key, written] as const;
      const expanded = expand(written);
      for (const name of expanded.used) used.add(name);
      for (const name of expanded.unset) unset.add(name);
      return [key === "src" ? "source" : key, expanded.value] as const;
    }),
  );
  const type = (fields.get("type") ?? "bind").toLowerCase();
  const from = fields.get("from") ?? "";
  if (type !== "bind" && (type !== "cache" || from === "")) return undefined;
  const path = fields.get("source") ?? "/";
  return {
    from: from === "" ? undefined : from,
    written: path,
    word: { value: path, used, unset },
    mayBeRemote: false,
    files: { ...selection("", false, []), path: relativePath(path) },
  };
}

/** Absolute paths begin at the context's top, and `..` does not lead out of it. */
function relativePath(path: string): string {
  return cleanPath(`/${path}`).slice(1);
}
