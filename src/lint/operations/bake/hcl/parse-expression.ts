import type { Span } from "../../../yaml/node.ts";
import { type Cursor, HclError } from "./cursor.ts";
import type { Expression, ObjectEntry } from "./expression.ts";

/** Parses an expression up to the end of its line, or to what ends it. */
export function parseExpression(cursor: Cursor, depth = 0): Expression {
  if (depth > deepest) throw new HclError();
  cursor.takeSpaces();
  const start = cursor.at();
  const condition = operation(cursor, 0, depth);
  cursor.takeSpaces();
  if (!cursor.takes("?")) return condition;
  const then = parseExpression(cursor, depth + 1);
  cursor.takeSpacesAndLines();
  if (!cursor.takes(":")) throw new HclError();
  const otherwise = parseExpression(cursor, depth + 1);
  return {
    ...spanOf(cursor, start),
    kind: "operation",
    by: "?",
    args: [condition, then, otherwise],
  };
}

const deepest = 50;

/** By precedence, the weakest first. */
const operators = [/\|\|/y, /&&/y, /==|!=/y, /<=|>=|<|>/y, /[+-]/y, /[*%]|\/(?!\/)/y];

function operation(cursor: Cursor, level: number, depth: number): Expression {
  const pattern = operators[level];
  if (pattern === undefined) return unary(cursor, depth);
  const start = cursor.at();
  let left = operation(cursor, level + 1, depth);
  for (;;) {
    cursor.takeSpaces();
    const by = cursor.takeMatch(pattern);
    if (by === undefined) return left;
    cursor.takeSpacesAndLines();
    const right = operation(cursor, level + 1, depth);
    left = { ...spanOf(cursor, start), kind: "operation", by, args: [left, right] };
  }
}

function unary(cursor: Cursor, depth: number): Expression {
  const start = cursor.at();
  if (cursor.takes("!")) {
    const of = operand(cursor, depth + 1);
    return { ...spanOf(cursor, start), kind: "operation", by: "!", args: [of] };
  }
  return operand(cursor, depth);
}

function operand(cursor: Cursor, depth: number): Expression {
  if (depth > deepest) throw new HclError();
  cursor.takeSpaces();
  const start = cursor.at();
  const found = primary(cursor, depth);
  // What is taken out of a list or an object is not followed.
  const isPart = cursor.takeMatch(/(?:\.[\w*-]+|\[[^\]\n]*\])+/y) !== undefined;
  return isPart ? { ...spanOf(cursor, start), kind: "opaque" } : found;
}

function primary(cursor: Cursor, depth: number): Expression {
  const start = cursor.at();
  if (cursor.takes('"')) return template(cursor, start, depth);
  if (cursor.takes("<<")) return hereDocument(cursor, start);
  if (cursor.takes("[")) return list(cursor, start, depth);
  if (cursor.takes("{")) return object(cursor, start, depth);
  if (cursor.takes("(")) {
    cursor.takeSpacesAndLines();
    const inner = parseExpression(cursor, depth + 1);
    cursor.takeSpacesAndLines();
    if (!cursor.takes(")")) throw new HclError();
    return inner;
  }
  const number = cursor.takeMatch(/-?\d+(?:\.\d+)?/y);
  if (number !== undefined) return { ...spanOf(cursor, start), kind: "literal", value: number };
  const name = cursor.takeMatch(/[A-Za-z_][\w-]*(?:::[\w-]+)*/y);
  if (name === undefined) throw new HclError();
  if (cursor.takes("(")) {
    const args = items(cursor, ")", depth);
    return { ...spanOf(cursor, start), kind: "call", name, args };
  }
  if (name === "true" || name === "false") {
    return { ...spanOf(cursor, start), kind: "literal", value: name };
  }
  if (name === "null") return { ...spanOf(cursor, start), kind: "literal", value: null };
  return { ...spanOf(cursor, start), kind: "name", name };
}

/** A text in quotes, with `${…}` in it. `start` is where its quote is. */
function template(cursor: Cursor, start: number, depth: number): Expression {
  const parts: (string | Expression)[] = [];
  while (!cursor.takes('"')) {
    const plain = cursor.takeMatch(/(?:[^"\\$%\n]|\\.|\$(?!\{)|%(?!\{)|\$\$\{|%%\{)+/y);
    if (plain !== undefined) parts.push(unescape(plain));
    else if (cursor.takes("${")) {
      cursor.takeSpacesAndLines();
      parts.push(parseExpression(cursor, depth + 1));
      cursor.takeSpacesAndLines();
      if (!cursor.takes("}")) throw new HclError();
    } else throw new HclError();
  }
  return { ...spanOf(cursor, start), kind: "template", parts };
}

function unescape(text: string): string {
  return text
    .replace(/\$\$\{/g, "${")
    .replace(/\\(.)/g, (_, letter: string) => escapes[letter] ?? letter);
}

const escapes: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

/** Its lines are not read. */
function hereDocument(cursor: Cursor, start: number): Expression {
  const name = cursor.takeMatch(/-?\w+/y)?.replace("-", "");
  const isRead = cursor.takeMatch(new RegExp(`[^]*?\\n[ \\t]*${name ?? ""}(?=\\n|$)`, "y"));
  if (name === undefined || isRead === undefined) throw new HclError();
  return { ...spanOf(cursor, start), kind: "opaque" };
}

function list(cursor: Cursor, start: number, depth: number): Expression {
  cursor.takeSpacesAndLines();
  if (cursor.takeMatch(/for\s/y) !== undefined) return opaqueUntil(cursor, start, "]", depth);
  const found = items(cursor, "]", depth);
  return { ...spanOf(cursor, start), kind: "list", items: found };
}

function items(cursor: Cursor, end: string, depth: number): readonly Expression[] {
  const found: Expression[] = [];
  for (;;) {
    cursor.takeSpacesAndLines();
    if (cursor.takes(end)) return found;
    found.push(parseExpression(cursor, depth + 1));
    cursor.takes("...");
    cursor.takeSpacesAndLines();
    if (!cursor.takes(",")) {
      cursor.takeSpacesAndLines();
      if (!cursor.takes(end)) throw new HclError();
      return found;
    }
  }
}

function object(cursor: Cursor, start: number, depth: number): Expression {
  const entries: ObjectEntry[] = [];
  for (;;) {
    cursor.takeSpacesAndLines();
    if (cursor.takes("}")) return { ...spanOf(cursor, start), kind: "object", entries };
    if (cursor.takeMatch(/for\s/y) !== undefined) return opaqueUntil(cursor, start, "}", depth);
    const key = cursor.takeMatch(/"[^"\n]*"|[\w.-]+/y);
    cursor.takeSpaces();
    if (key === undefined || cursor.takeMatch(/[=:]/y) === undefined) throw new HclError();
    entries.push({ key: key.replaceAll('"', ""), value: parseExpression(cursor, depth + 1) });
    cursor.takeSpacesAndLines();
    cursor.takes(",");
  }
}

/** The rest of a `for` expression, by pairs of brackets. */
function opaqueUntil(cursor: Cursor, start: number, end: "]" | "}", depth: number): Expression {
  const open = end === "]" ? "[" : "{";
  for (let pairs = 1; pairs > 0; ) {
    cursor.takeSpacesAndLines();
    if (cursor.isAtEnd()) throw new HclError();
    const from = cursor.at();
    if (cursor.takes('"')) template(cursor, from, depth + 1);
    else if (cursor.takes(open)) pairs += 1;
    else if (cursor.takes(end)) pairs -= 1;
    else cursor.takeMatch(/[^]/y);
  }
  return { ...spanOf(cursor, start), kind: "opaque" };
}

function spanOf({ file, at }: Cursor, start: number): Span {
  return { file, start, end: at() };
}
