import type { Scope } from "../../expressions/scope.ts";
import { parseExpression, type Tree } from "../../expressions/parse.ts";
import { isUnknown, type Json, plainText, type Value } from "../../expressions/value.ts";
import type { Node } from "../../yaml/node.ts";
import { matrixIn, recordOf } from "./matrix.ts";

/**
 * The most rows that `strategy.matrix` may have if only a run can tell which: those of the largest
 * choice of `condition && fromJSON('…') || fromJSON('…')`. Undefined if nothing bounds them.
 */
export function mostRowsIn(strategy: Node | undefined, scope: Scope): number | undefined {
  return mostOf(matrixIn(strategy, scope), rowsOf);
}

type Count = (value: Value) => number | undefined;

/** A count of a value, or the highest count of those that it may be. */
function mostOf(value: Value | undefined, count: Count): number | undefined {
  if (value === undefined || !isUnknown(value)) return count(value ?? null);
  const tree = parseExpression(value.expression);
  const counts = (tree === undefined ? undefined : choicesOf(tree))?.map(count);
  return counts?.reduce<number | undefined>(higher, 0);
}

function higher(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : Math.max(one, other);
}

const rowsOf: Count = (value) => {
  const matrix = recordOf(value);
  const vectors = Object.keys(matrix).filter((key) => key !== "include" && key !== "exclude");
  const lengths = vectors.map((key) => mostOf(matrix[key], lengthOf));
  const added = mostOf(matrix["include"], lengthOf);
  const product = lengths.reduce(
    (rows, length) => (rows === undefined || length === undefined ? undefined : rows * length),
    lengths.length === 0 ? 0 : 1,
  );
  return product === undefined || added === undefined ? undefined : product + added;
};

const lengthOf: Count = (value) => (Array.isArray(value) ? value.length : 0);

/** The values that an expression may have; undefined if only a run can tell them. */
function choicesOf(tree: Tree): readonly Json[] | undefined {
  switch (tree.kind) {
    case "literal":
      return [tree.value];
    case "and":
      // The others are only its value if they are empty or false.
      return allChoices(tree.args.slice(-1));
    case "or":
      return allChoices(tree.args);
    case "call":
      if (tree.name === "case") return allChoices(tree.args.filter(isResult));
      return tree.name === "fromjson" ? allChoices(tree.args)?.flatMap(parsed) : undefined;
    default:
      return undefined;
  }
}

function allChoices(trees: readonly Tree[]): readonly Json[] | undefined {
  const all = trees.map(choicesOf).filter((choices) => choices !== undefined);
  return all.length < trees.length ? undefined : all.flat();
}

/** Of `case(condition, value, …, default)`. */
function isResult(_: Tree, at: number, args: readonly Tree[]): boolean {
  return at % 2 === 1 || at === args.length - 1;
}

function parsed(text: Json): readonly Json[] {
  try {
    return [JSON.parse(plainText(text)) as Json];
  } catch {
    return [];
  }
}
