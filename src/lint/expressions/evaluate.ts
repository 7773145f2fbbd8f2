import { callFunction, longestText } from "./functions.ts";
import { compare } from "./compare.ts";
import { contextsIn, formatTree, parseExpression, type Tree } from "./parse.ts";
import { propertyOf, type Scope } from "./scope.ts";
import { piecesOf } from "./template.ts";
import {
  exampleOf,
  isList,
  isUnknown,
  type Json,
  plainText,
  type Text,
  textOfValue,
  truthOf,
  type Tri,
  Unknown,
  type Value,
  valueOfText,
} from "./value.ts";

/** The value of an expression; unknown if it depends on what only a run can tell. */
export function evaluate(text: string, scope: Scope): Value {
  const tree = parseExpression(text);
  if (tree === undefined) return new Unknown(text, "job");
  return valueOf(tree, scope);
}

/** A text with its expressions replaced by their values. */
export function interpolate(text: string, scope: Scope): Text {
  const pieces = piecesOf(text).map((piece) =>
    "literal" in piece
      ? { text: piece.literal, unknown: [] }
      : textOfValue(evaluate(piece.expression, scope)),
  );
  const length = pieces.reduce((sum, { text }) => sum + text.length, 0);
  if (length > longestText) return textOfValue(tooLong);
  return {
    text: pieces.map((piece) => piece.text).join(""),
    unknown: pieces.flatMap(({ unknown }) => unknown),
  };
}

/** Variables that are made of each other can double a text again and again. */
const tooLong = new Unknown("a value that is too long", "job");

/** A text whose only content is one expression keeps the type of its value. */
export function evaluateText(text: string, scope: Scope): Value {
  const pieces = piecesOf(text.trim());
  const [only] = pieces;
  if (pieces.length === 1 && only !== undefined && "expression" in only) {
    return evaluate(only.expression, scope);
  }
  return valueOfText(interpolate(text, scope));
}

/** Whether an `if` holds. Without a status function in it, GitHub adds `success() &&`. */
export function holds(condition: string | undefined, scope: Scope): Tri {
  if (condition === undefined || condition.trim() === "") return undefined;
  const pieces = piecesOf(condition.trim());
  const [only] = pieces;
  const isWhole = pieces.length === 1 && only !== undefined && "expression" in only;
  if (pieces.some((piece) => "expression" in piece) && !isWhole) return true;
  return truthOf(evaluate(isWhole ? only.expression : condition.trim(), scope));
}

function valueOf(tree: Tree, scope: Scope): Value {
  switch (tree.kind) {
    case "literal":
      return tree.value;
    case "context":
      return contextValue(tree, scope);
    case "index":
      return indexed(tree, scope);
    case "call":
      return callFunction(
        tree.name,
        tree.args.map((arg) => wholeValue(arg, scope)),
        { status: scope.status ?? {}, unknown: (example) => unknown(tree, scope, example) },
      );
    case "not": {
      const truth = truthOf(valueOf(tree.of, scope));
      return truth === undefined ? unknown(tree, scope) : !truth;
    }
    case "and":
    case "or":
      return logical(tree, scope);
    case "compare": {
      const result = compare(valueOf(tree.left, scope), tree.by, valueOf(tree.right, scope));
      return result ?? unknown(tree, scope);
    }
  }
}

/** An argument; unknown if it is an object of which only a part is known, as for `toJSON`. */
function wholeValue(tree: Tree, scope: Scope): Value {
  const value = valueOf(tree, scope);
  const isObject = typeof value === "object" && value !== null && !isUnknown(value);
  return isObject && !isList(value) && isOpen(tree, scope) ? unknown(tree, scope) : value;
}

/** GitHub's `&&` and `||` return one of their operands. */
function logical(tree: Tree & { readonly kind: "and" | "or" }, scope: Scope): Value {
  const stops = tree.kind === "or";
  const values: Value[] = [];
  for (const arg of tree.args) {
    const value = valueOf(arg, scope);
    const truth = truthOf(value);
    values.push(value);
    if (truth === stops) break;
  }
  const last = values.at(-1) ?? null;
  if (values.every((value) => truthOf(value) !== undefined)) return last;
  // Whatever the others are, `x && false` is not true; its value is false for a condition.
  if (tree.kind === "and" && truthOf(last) === false) return false;
  if (tree.kind === "or" && last === true) return true;
  if (values.length === 1) return last;
  const { expression, constancy } = unknown(tree, scope);
  return new Unknown(expression, constancy, undefined, {
    unlessEmpty: unlessEmpty(tree, scope),
  });
}

/** The text of `condition && text || ''`. */
function unlessEmpty(
  { args }: Tree & { readonly kind: "and" | "or" },
  scope: Scope,
): Text | undefined {
  const [chosen, otherwise] = args;
  if (chosen?.kind !== "and" || otherwise?.kind !== "literal" || args.length > 2) return undefined;
  const last = chosen.args.at(-1);
  if (otherwise.value !== "" || last === undefined) return undefined;
  const value = valueOf(last, scope);
  if (isUnknown(value)) return value.parts;
  return typeof value === "string" ? textOfValue(value) : undefined;
}

function contextValue({ name }: Tree & { readonly kind: "context" }, scope: Scope): Value {
  const context = scope.contexts.get(name);
  scope.asked?.({ context: name, about: "openness" });
  if (context === undefined) return new Unknown(name, "job");
  if (context.open) return new Unknown(name, context.constancy);
  scope.asked?.({ context: name, about: "values" });
  return context.values;
}

function indexed(tree: Tree & { readonly kind: "index" }, scope: Scope): Value {
  if (tree.by === "*") return unknown(tree, scope);
  const key = exampleOf(valueOf(tree.by, scope));
  if (key === undefined) return unknown(tree, scope);
  const name = plainText(key);
  if (tree.of.kind === "context") {
    scope.asked?.({ context: tree.of.name, about: "property", name });
  }
  const of = tree.of.kind === "context" ? knownContext(tree.of, scope) : valueOf(tree.of, scope);
  if (isUnknown(of)) return unknown(tree, scope);
  if (typeof of !== "object" || of === null) return null;
  if (isList(of)) return of[Number(key)] ?? null;
  const found = propertyOf(of, name);
  if (found !== undefined) return found;
  return isOpen(tree, scope) ? unknown(tree, scope) : null;
}

function knownContext({ name }: Tree & { readonly kind: "context" }, { contexts }: Scope): Value {
  const context = contexts.get(name);
  return context === undefined ? new Unknown(name, "job") : context.values;
}

/** Whether what is not known of a context, however deep, may still exist. */
function isOpen(tree: Tree, scope: Scope): boolean {
  if (tree.kind === "index") return isOpen(tree.of, scope);
  if (tree.kind !== "context") return false;
  scope.asked?.({ context: tree.name, about: "openness" });
  return scope.contexts.get(tree.name)?.open !== false;
}

/** An unknown value that is named by its expression. */
function unknown(tree: Tree, { contexts, asked }: Scope, example?: Json): Unknown {
  const constant = [...contextsIn(tree)].every((name) => {
    asked?.({ context: name, about: "openness" });
    const context = contexts.get(name);
    return context?.constancy === "run" || context?.open === false;
  });
  return new Unknown(formatTree(tree), constant ? "run" : "job", undefined, { example });
}
