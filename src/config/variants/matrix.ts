import type { Report } from "../schema/report.ts";
import type { Path } from "../yaml/yaml-file.ts";
import { agrees, type Axis as AxisOf, combine, productOf } from "./combinations.ts";

export type Combination = Readonly<Record<string, string>>;
type RawMatrix = Readonly<Record<string, readonly (string | Record<string, string>)[]>>;

/** The limit on variants from one matrix. */
const mostCombinations = 1000;
const keyPattern = /^[A-Za-z_][A-Za-z0-9_-]*$/;
const reserved = new Set(["name", "suffix", "platform"]);

/**
 * Every combination of a matrix, the last key changing fastest, with `exclude` and `include` as in
 * GitHub Actions. Problems go to the report.
 */
export function expandMatrix(matrix: RawMatrix, path: Path, report: Report): Combination[] {
  const axes = axesOf(matrix, path, report);
  const total = axes.reduce((product, [, values]) => product * values.length, 1);
  if (total > mostCombinations) {
    report.add(
      path,
      `the matrix has ${total} combinations`,
      `the limit is ${mostCombinations}`,
      "key",
    );
    return [];
  }
  const excluded = rulesOf(matrix, "exclude", path, report);
  const product = productOf(axes);
  excluded.forEach((rule, index) => {
    if (!product.some((combination) => agrees(combination, rule))) {
      report.add([...path, "exclude", index], "this exclude does not match any combination");
    }
  });
  const included = rulesOf(matrix, "include", path, report);
  const result = combine(axes, excluded, included).map(({ values }) => values);
  if (result.length === 0) {
    report.add(path, "the matrix has no combinations", "set its keys to lists of values", "key");
  }
  return result;
}

type Axis = AxisOf<string>;

function axesOf(matrix: RawMatrix, path: Path, report: Report): Axis[] {
  const axes: Axis[] = [];
  for (const [name, items] of Object.entries(matrix)) {
    if (name === "exclude" || name === "include") continue;
    if (!keyPattern.test(name) || reserved.has(name)) {
      const why = reserved.has(name) ? "is reserved" : "has characters that {key} cannot contain";
      report.add([...path, name], `the matrix key "${name}" ${why}`, undefined, "key");
    }
    const values = items.filter((item) => typeof item === "string");
    items.forEach((item, index) => {
      if (typeof item !== "string") {
        report.add([...path, name, index], `each value of ${name} must be a string, not a map`);
      } else if (values.indexOf(item) < index) {
        report.add([...path, name, index], `${name} contains the value "${item}" twice`);
      }
    });
    if (items.length === 0) report.add([...path, name], `${name} has no values`);
    axes.push([name, values]);
  }
  return axes;
}

function rulesOf(
  matrix: RawMatrix,
  key: "exclude" | "include",
  path: Path,
  report: Report,
): Combination[] {
  return (matrix[key] ?? []).flatMap((rule, index) => {
    if (typeof rule !== "string") return [rule];
    report.add([...path, key, index], `each entry in ${key} must be a map, not "${rule}"`);
    return [];
  });
}
