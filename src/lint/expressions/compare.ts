import {
  exampleOf,
  isUnknown,
  type Json,
  knownStart,
  textOfValue,
  type Tri,
  type Value,
} from "./value.ts";

/**
 * Compares as GitHub does: texts without regard to case, other types as numbers. Undefined if only
 * a run can tell.
 */
export function compare(left: Value, operator: string, right: Value): Tri {
  const [one, other] = [exampleOf(left), exampleOf(right)];
  if (one === undefined || other === undefined) return compareUnknown(left, operator, right);
  switch (operator) {
    case "==":
      return equal(one, other);
    case "!=":
      return !equal(one, other);
    default:
      return order(one, operator, other);
  }
}

/** One value equals itself, whatever it is; a text equals none that starts in another way. */
function compareUnknown(left: Value, operator: string, right: Value): Tri {
  if (!isUnknown(left) || !isUnknown(right)) {
    const [unsure, plain] = isUnknown(left) ? [left, right] : [right, left];
    if (!isUnknown(unsure) || typeof plain !== "string") return undefined;
    const differs = !plain.toLowerCase().startsWith(knownStart(textOfValue(unsure)).toLowerCase());
    return differs && /^[!=]=$/.test(operator) ? operator === "!=" : undefined;
  }
  const same = left.expression === right.expression;
  if (!same && ![left, right].some(({ expression }) => expression === elsewhere)) return undefined;
  if (operator === "==") return same;
  return operator === "!=" ? !same : undefined;
}

/** Stands for the name and the owner of a fork's repository: no other value equals them. */
export const elsewhere = "another repository";

function equal(left: Json, right: Json): boolean {
  if (typeof left === "string" && typeof right === "string") {
    return left.toLowerCase() === right.toLowerCase();
  }
  if (typeof left === "object" && typeof right === "object") return left === right;
  return typeof left === typeof right ? left === right : numberOf(left) === numberOf(right);
}

function order(left: Json, operator: string, right: Json): boolean {
  const texts = typeof left === "string" && typeof right === "string";
  const a = texts ? left.toLowerCase() : numberOf(left);
  const b = texts ? right.toLowerCase() : numberOf(right);
  switch (operator) {
    case "<":
      return a < b;
    case "<=":
      return a <= b;
    case ">":
      return a > b;
    default:
      return a >= b;
  }
}

function numberOf(value: Json): number {
  if (value === null || value === "") return 0;
  if (typeof value === "object") return Number.NaN;
  return Number(value);
}
