import { elsewhere } from "../../expressions/compare.ts";
import {
  exampleText,
  isFilled,
  known,
  knownText,
  sameText,
  type Text,
  type Tri,
} from "../../expressions/value.ts";
import type { Variables } from "../variables.ts";
import { type Condition, type Operand, parseCondition } from "./parse-condition.ts";
import { matchesPattern } from "./pattern.ts";

/** Whether a condition of `rules:if` holds; undefined if only a run can tell. */
export function conditionHolds(text: string, variables: Variables): Tri {
  const condition = parseCondition(text);
  return condition === undefined ? undefined : holds(condition, variables);
}

function holds(condition: Condition, variables: Variables): Tri {
  switch (condition.kind) {
    case "and":
    case "or": {
      const stops = condition.kind === "or";
      const all = condition.all.map((one) => holds(one, variables));
      if (all.includes(stops)) return stops;
      return all.includes(undefined) ? undefined : !stops;
    }
    case "operand":
      return isSet(valueOf(condition.of, variables));
    case "compare": {
      const { by } = condition;
      const [left, right] = [condition.left, condition.right].map((of) => valueOf(of, variables));
      const result = by.includes("~") ? matches(left, right) : equal(left, right);
      return by.startsWith("!") && result !== undefined ? !result : result;
    }
  }
}

/** Null if it is not set, undefined if only a run can tell. */
type Value = Text | null | undefined;

function valueOf(operand: Operand, { valueOf: ofVariable }: Variables): Value {
  switch (operand.kind) {
    case "null":
      return null;
    case "text":
    case "pattern":
      return known(operand.text);
    case "variable":
      return ofVariable(operand.name);
  }
}

function isSet(value: Value): Tri {
  if (value === undefined || value === null) return value === null ? false : undefined;
  return isFilled(value);
}

function equal(left: Value, right: Value): Tri {
  if (left === undefined || right === undefined) return undefined;
  if (left === null || right === null) return left === right;
  const isElsewhere = [left, right].some(({ unknown: [first] }) => first?.expression === elsewhere);
  return isElsewhere ? left.text === right.text : sameText(left, right);
}

function matches(value: Value, pattern: Value): Tri {
  if (value === null) return false;
  const text = value === undefined ? undefined : exampleText(value);
  const source = knownText(pattern ?? undefined);
  return text === undefined || source === undefined ? undefined : matchesPattern(text, source);
}
