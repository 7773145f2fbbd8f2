import { mostRows } from "../../model/most-rows.ts";
import { evaluateText } from "../../expressions/evaluate.ts";
import type { Scope } from "../../expressions/scope.ts";
import { isUnknown, type Json, type Value, type Unknown } from "../../expressions/value.ts";
import { remember } from "../../remember.ts";
import { jsonOf, scalarValue } from "../../yaml/json-of.ts";
import { at, type Node, type ScalarNode } from "../../yaml/node.ts";

export interface Row {
  readonly [key: string]: Value;
}

/**
 * The rows of `strategy.matrix`, as GitHub makes them; one row without values if there is none.
 * Unknown if only a run can tell which rows there are. `scopeOf` is only called if it depends on it.
 */
export function matrixRows(
  strategy: Node | undefined,
  scopeOf: () => Scope,
): readonly Row[] | Unknown {
  if (strategy === undefined) return withoutMatrix;
  return isLiteral(strategy) ? literalRows(strategy) : rowsIn(strategy, scopeOf());
}

const withoutMatrix: readonly Row[] = [{}];
const literalRows = remember((strategy: Node) => rowsIn(strategy, { contexts: new Map() }));

/** Whether no expression is in a value. */
const isLiteral = remember((node: Node): boolean => {
  if (node.kind === "scalar") return node.text?.includes("${{") !== true;
  const inner = node.kind === "list" ? node.items : node.entries.map(({ value }) => value);
  return inner.every(isLiteral);
});

function rowsIn(strategy: Node, scope: Scope): readonly Row[] | Unknown {
  const value = matrixIn(strategy, scope);
  if (value === undefined) return withoutMatrix;
  if (isUnknown(value)) return value;
  const { include, exclude, ...vectors } = recordOf(value);
  for (const list of [include, exclude, ...Object.values(vectors)]) {
    if (list !== undefined && isUnknown(list)) return list;
  }
  return expand(vectors, rowsOf(include), rowsOf(exclude));
}

/** `strategy` may be one expression, as `matrix` and each of its lists may. */
export function matrixIn(strategy: Node | undefined, scope: Scope): Value | undefined {
  if (strategy?.kind !== "scalar") {
    const matrix = at(strategy, "matrix");
    return matrix === undefined ? undefined : resolved(matrix, scope);
  }
  const value = scalarIn(strategy, scope);
  return isUnknown(value) ? value : recordOf(value)["matrix"];
}

/** A node with its expressions evaluated. */
function resolved(node: Node, scope: Scope): Value {
  if (node.kind === "scalar") return scalarIn(node, scope);
  return jsonOf(node, (scalar) => scalarIn(scalar, scope) as Json);
}

function scalarIn(node: ScalarNode, scope: Scope): Value {
  return node.text?.includes("${{") === true ? evaluateText(node.text, scope) : scalarValue(node);
}

function expand(vectors: Row, include: readonly Row[], exclude: readonly Row[]): readonly Row[] {
  const combinations = combine(vectors).filter(
    (combination) => !exclude.some((wanted) => fits(wanted, combination)),
  );
  const joined = combinations.map((original) => ({ original, all: original }));
  const own: Row[] = [];
  for (const entry of include) {
    const shared = joined.filter(({ original }) => !overwrites(entry, original));
    for (const combination of shared) combination.all = { ...combination.all, ...entry };
    if (shared.length === 0) own.push(entry);
  }
  return [...joined.map(({ all }) => all), ...own].slice(0, mostRows);
}

function combine(vectors: Row): readonly Row[] {
  const entries = Object.entries(vectors);
  if (entries.length === 0) return [];
  return entries.reduce<readonly Row[]>(
    (rows, [name, values]) =>
      rows
        .flatMap((row) => listOf(values).map((value): Row => ({ ...row, [name]: value })))
        .slice(0, mostRows),
    [{}],
  );
}

function fits(wanted: Row, row: Row): boolean {
  return Object.entries(wanted).every(([key, value]) => same(row[key], value));
}

function overwrites(entry: Row, original: Row): boolean {
  return Object.entries(entry).some(
    ([key, value]) => key in original && !same(original[key], value),
  );
}

function same(left: Value | undefined, right: Value): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

function listOf(value: Value | undefined): readonly Value[] {
  return Array.isArray(value) ? (value as readonly Value[]) : [];
}

function rowsOf(value: Value | undefined): readonly Row[] {
  return listOf(value).slice(0, mostRows).map(recordOf);
}

/** The entries of an object; none of any other value. */
export function recordOf(value: Value): Row {
  const isRecord = typeof value === "object" && value !== null && !Array.isArray(value);
  return isRecord && !isUnknown(value) ? (value as Row) : {};
}
