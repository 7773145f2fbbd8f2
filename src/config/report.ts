import { type Problem, UsageError } from "../errors.ts";
import type { Path, YamlFile } from "./yaml-file.ts";

/** Gathers the problems of one file, so that all of them are told at once. */
export interface Report {
  /**
   * Says what is wrong with the value, or the key, at a path. For what a variant inherits, that
   * is its place in the defaults.
   */
  add(path: Path, message: string, hint?: string, part?: "key" | "value"): void;
  /** What `parse` returns; where it throws a usage error, that becomes a problem at the path. */
  try<T>(path: Path, parse: () => T, part?: "key" | "value"): T | undefined;
  /** The line of a path's key, if it stands in the file. */
  lineOf(path: Path): number | undefined;
  /** Whether a path stands in the file, to its end. */
  readonly has: (path: Path) => boolean;
  /** In the order of the file, each once. */
  problems(): readonly Problem[];
}

/** A report on a YAML file that messages call `file`; it begins with what was wrong with the YAML. */
export function createReport(file: string, yaml: YamlFile): Report {
  const found = new Map<string, Problem>();
  for (const problem of yaml.problems) keep({ ...problem, file });

  function keep(problem: Problem): void {
    found.set(JSON.stringify([problem.line, problem.column, problem.message]), problem);
  }

  function add(path: Path, message: string, hint?: string, part: "key" | "value" = "value"): void {
    keep({ message, hint, file, ...yaml.place(originOf(path, yaml), part) });
  }

  return {
    add,
    try: (path, parse, part) => {
      try {
        return parse();
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        for (const problem of error.problems) {
          add(path, problem.message, problem.hint ?? error.hint, part);
        }
        return undefined;
      }
    },
    lineOf: (path) => yaml.place(path, "key")?.line,
    has: yaml.has,
    problems: () =>
      [...found.values()].sort(
        (a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
      ),
  };
}

/** What a variant does not say itself, it may have from the defaults. */
function originOf(path: Path, yaml: YamlFile): Path {
  const [section, , ...rest] = path;
  if (section !== "variants" || rest.length === 0 || yaml.has(path)) return path;
  const inherited = ["defaults", ...rest];
  return yaml.has(inherited) ? inherited : path;
}

/** `variants.server.platforms[0]`. */
export function formatPath(path: Path): string {
  return path.reduce<string>(
    (text, step) =>
      typeof step === "number" ? `${text}[${step}]` : text === "" ? step : `${text}.${step}`,
    "",
  );
}
