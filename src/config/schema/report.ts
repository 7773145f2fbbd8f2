import { type Problem, UsageError } from "../../errors.ts";
import type { Path, Place, YamlFile } from "../yaml/yaml-file.ts";

/** Collects the problems of one file, so that all of them are reported at once. */
export interface Report {
  /**
   * Adds a problem with the value, or the key, at a path. For an inherited value, its place is in
   * the defaults. `entry` is the place of an imported entry: problems that differ only in it are
   * reported once.
   */
  add(path: Path, message: string, hint?: string, part?: "key" | "value", entry?: string): void;
  /** Returns what `parse` returns. A usage error that it throws becomes a problem at the path. */
  try<T>(path: Path, parse: () => T, part?: "key" | "value"): T | undefined;
  /** The line of a path's key, if the file has it. */
  lineOf(path: Path): number | undefined;
  /** Where the value at a path is written, for a hint: `on line 3`, `at matrix.yml:30`. */
  where(path: Path): string;
  /** Where the value, or the key, at a path is written; of an inherited one, in the defaults. */
  placeOf(path: Path, part?: "key" | "value"): Place | undefined;
  /** Whether nothing is wrong at the path or below it, nor with what it may use. */
  isSound(path: Path): boolean;
  /** Whether the whole path exists in the file. */
  readonly has: (path: Path) => boolean;
  /** In the order of the file, each once. */
  problems(): readonly Problem[];
}

const mostAtOnePlace = 10;

/**
 * A report on a YAML file that messages call `file`. It starts with the problems of the YAML
 * itself.
 */
export function createReport(file: string, yaml: YamlFile): Report {
  const wrong: Path[] = [];
  const found = new Map<string, { readonly problem: Problem; readonly entries: string[] }>();
  for (const problem of yaml.problems) keep({ ...problem, file });

  function keep(problem: Problem, entry?: string): void {
    const key = JSON.stringify([problem.line, problem.column, problem.message]);
    const known = found.get(key);
    const entries = entry === undefined ? [] : [entry];
    if (known === undefined) found.set(key, { problem, entries });
    else known.entries.push(...entries);
  }

  const placeOf: Report["placeOf"] = (path, part = "value") =>
    yaml.place(originOf(path, yaml), part);
  const add: Report["add"] = (path, message, hint, part, entry) => {
    wrong.push(path);
    keep({ message, hint, file, ...placeOf(path, part) }, entry);
  };
  const lineOf: Report["lineOf"] = (path) => yaml.place(path, "key")?.line;

  return {
    add,
    try: tryWith(add),
    lineOf,
    where: (path) => `on line ${lineOf(path) ?? 1}`,
    placeOf,
    isSound: (path) =>
      yaml.problems.length === 0 &&
      !wrong.some(
        (other) =>
          other[0] === "defaults" ||
          other[0] === "vars" ||
          path.every((step, at) => step === other[at]),
      ),
    has: yaml.has,
    problems: () => {
      const { told, untold } = bounded([...found.values()].map(render));
      const rest = { message: `and ${untold} more`, file };
      return [...told.sort(byPlace), ...(untold === 0 ? [] : [rest])];
    },
  };
}

/**
 * The report on one entry of another file: `entry` is the entry's place there, and paths are
 * relative to the import in the config.
 */
export function reportOnEntry(report: Report, entry: string): Report {
  const add: Report["add"] = (path, message, hint, part) =>
    report.add(path, message, hint, part, entry);
  return { ...report, add, try: tryWith(add), where: () => `at ${entry}` };
}

function tryWith(add: Report["add"]): Report["try"] {
  return (path, parse, part) => {
    try {
      return parse();
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      for (const { message, hint } of error.problems) add(path, message, hint ?? error.hint, part);
      return undefined;
    }
  };
}

interface Rendered {
  readonly problem: Problem;
  /** Whether it is a problem with an entry of another file, of which there may be thousands. */
  readonly imported: boolean;
}

function render({ problem, entries }: { problem: Problem; entries: string[] }): Rendered {
  const [first, ...others] = [...new Set(entries)];
  if (first === undefined) return { problem, imported: false };
  const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
  return {
    problem: { ...problem, message: `${first}${more}: ${problem.message}` },
    imported: true,
  };
}

/** Of the problems with entries, only as many as a reader can use at one place of the config. */
function bounded(all: readonly Rendered[]): { told: Problem[]; untold: number } {
  const counts = new Map<string, number>();
  const told = all.filter(({ problem, imported }) => {
    const place = `${problem.line}:${problem.column}`;
    const count = (counts.get(place) ?? 0) + (imported ? 1 : 0);
    counts.set(place, count);
    return count <= mostAtOnePlace;
  });
  return { told: told.map(({ problem }) => problem), untold: all.length - told.length };
}

function byPlace(a: Problem, b: Problem): number {
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}

/** What a variant does not set itself, it may inherit from the defaults. */
function originOf(path: Path, yaml: YamlFile): Path {
  const [section, , ...rest] = path;
  const inherits = section === "variants" || section === "import";
  if (!inherits || rest.length === 0 || yaml.has(path)) return path;
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
