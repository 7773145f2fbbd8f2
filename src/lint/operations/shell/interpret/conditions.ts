import type { TestExpression, Word } from "unbash";
import { compileGlob } from "../../../../glob.ts";
import {
  isFilled,
  knownStart,
  knownText,
  sameText,
  type Text,
  type Tri,
} from "../../../expressions/value.ts";

/** Whether the command `test`, or `[` without its `]`, holds for its arguments. */
export function testHolds(args: readonly Text[]): Tri {
  const [first, second, third] = args;
  if (knownText(first) === "!") {
    const rest = testHolds(args.slice(1));
    return rest === undefined ? undefined : !rest;
  }
  if (args.length === 1 && first !== undefined) return isFilled(first);
  if (args.length === 2 && second !== undefined) return unary(knownText(first), second);
  if (args.length !== 3 || first === undefined || third === undefined) return undefined;
  return binary(first, knownText(second), third);
}

/** Whether `[[ … ]]` holds. */
export function expressionHolds(expression: TestExpression, textOf: (word: Word) => Text): Tri {
  switch (expression.type) {
    case "TestUnary":
      return unary(expression.operator, textOf(expression.operand));
    case "TestBinary": {
      const { left, operator, right } = expression;
      return binary(textOf(left), operator, textOf(right), /['"\\]/.test(right.text));
    }
    case "TestLogical": {
      const stops = expression.operator === "||";
      const all = expression.operands.map((operand) => expressionHolds(operand, textOf));
      if (all.includes(stops)) return stops;
      return all.includes(undefined) ? undefined : !stops;
    }
    case "TestNot": {
      const inner = expressionHolds(expression.operand, textOf);
      if (inner === undefined) return undefined;
      return expression.negations.length % 2 === 1 ? !inner : inner;
    }
    case "TestGroup":
      return expressionHolds(expression.expression, textOf);
  }
}

/** Whether a value matches a pattern of `case` or of `==` in `[[ … ]]`. */
export function matchesPattern(value: Text, pattern: Text): Tri {
  const glob = knownText(pattern);
  if (glob === "*") return true;
  if (glob === undefined || /[[\\]/.test(glob)) return undefined;
  const text = knownText(value);
  if (text !== undefined) return compileGlob(glob.replace(/\*+/g, "**"))(text);
  const [head = ""] = glob.split(/[*?]/, 1);
  const start = knownStart(value);
  if (start.startsWith(head) && glob === `${head}*`) return true;
  return start.startsWith(head) || head.startsWith(start) ? undefined : false;
}

function unary(operator: string | undefined, operand: Text): Tri {
  const filled = isFilled(operand);
  if (operator === "-n") return filled;
  return operator === "-z" && filled !== undefined ? !filled : undefined;
}

function binary(left: Text, operator: string | undefined, right: Text, quoted = true): Tri {
  const equal = quoted ? sameText(left, right) : matchesPattern(left, right);
  switch (operator) {
    case "=":
    case "==":
      return equal;
    case "!=":
      return equal === undefined ? undefined : !equal;
    default:
      return undefined;
  }
}
