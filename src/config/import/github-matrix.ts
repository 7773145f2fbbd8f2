import { UsageError } from "../../errors.ts";
import { suggest } from "../../nearest.ts";
import { type Axis, combine } from "../variants/combinations.ts";
import { isRecord, type Path } from "../yaml/yaml-file.ts";
import { checkSize } from "./entry.ts";

/** An item of a list, and its path in the file. */
export interface ListItem {
  readonly path: Path;
  readonly value: unknown;
}

/** The items of a list, or an expression whose list only CI knows. */
export type FoundList =
  | { readonly path: Path; readonly items: readonly ListItem[] }
  | { readonly path: Path; readonly items: "unknown" };

type YamlMap = Readonly<Record<string, unknown>>;

/**
 * The combinations of a job's `strategy.matrix`, as GitHub makes them. Throws a usage error for a
 * map that is no matrix, or that GitHub refuses.
 */
export function expandGithubMatrix(matrix: YamlMap, path: Path, file: string): FoundList {
  const place = (...keys: Path): string => `${[...path, ...keys].join(".")} in ${file}`;
  const unknown = Object.keys(matrix).find((key) => isExpression(matrix[key]));
  if (unknown !== undefined) return { path: [...path, unknown], items: "unknown" };
  const { include, exclude, ...rest } = matrix;
  const axes = Object.entries(rest).map(([name, values]) => axisOf(name, values, place));
  if (axes.length === 0 && include === undefined) throw notMatrix(place());
  const total = axes.reduce((product, [, values]) => product * values.length, 1);
  checkSize(place(), total, "combinations");
  const excluded = mapsOf(exclude, place("exclude"));
  for (const rule of excluded) checkExclude(rule, Object.keys(rest), place("exclude"));
  const combined = combine(axes, excluded, mapsOf(include, place("include")));
  const items = combined.map(({ values, included }) => ({
    path: included === undefined ? path : [...path, "include", included],
    value: values,
  }));
  return { path, items };
}

/** Such as `${{ fromJSON(needs.changes.outputs.matrix) }}`. */
export function isExpression(value: unknown): boolean {
  return typeof value === "string" && value.includes("${{");
}

function axisOf(name: string, values: unknown, place: (...keys: Path) => string): Axis<unknown> {
  if (!Array.isArray(values)) throw notMatrix(place(), `: ${name} is not a list`);
  if (values.length === 0) throw new UsageError(`${place(name)} has no values`);
  return [name, values];
}

function notMatrix(place: string, why = ""): UsageError {
  return new UsageError(`${place} is neither a list nor a matrix${why}`, {
    hint: "use the path of a list of entries, or of strategy.matrix in a job",
  });
}

function mapsOf(value: unknown, place: string): readonly YamlMap[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new UsageError(`${place} is not a list`);
  checkSize(place, value.length);
  return value.map((entry: unknown) => {
    if (isRecord(entry)) return entry;
    throw new UsageError(`${place} contains an entry that is not a map`);
  });
}

/** GitHub refuses a rule that is empty, or that could never match. */
function checkExclude(rule: YamlMap, axes: readonly string[], place: string): void {
  const keys = Object.keys(rule);
  if (keys.length === 0) throw new UsageError(`${place} contains an empty entry`);
  const unknown = keys.find((key) => !axes.includes(key));
  if (unknown === undefined) return;
  throw new UsageError(`${place} has the key "${unknown}", but the matrix does not`, {
    hint: suggest(unknown, axes),
  });
}
