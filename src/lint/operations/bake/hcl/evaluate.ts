import {
  joinTexts,
  known,
  knownText,
  sameText,
  type Text,
  textOfValue,
  type Tri,
  Unknown,
} from "../../../expressions/value.ts";
import type { Span } from "../../../yaml/node.ts";
import type { Expression } from "./expression.ts";

/** A value of a bake file. */
export type Value = Span &
  (
    | { readonly kind: "text"; readonly text: Text }
    | { readonly kind: "list"; readonly items: readonly Value[] }
    | { readonly kind: "object"; readonly entries: ReadonlyMap<string, Value> }
    | { readonly kind: "null" }
  );

/** The values of names; undefined for one that is not known. */
export type Lookup = (name: string) => Value | undefined;

/** The value of an expression. What is not evaluated here is unknown, and named by its source. */
export function evaluate(expression: Expression, lookUp: Lookup): Value {
  const { file, start, end } = expression;
  const span = { file, start, end };
  const textual = (text: Text): Value => ({ ...span, kind: "text", text });
  const unknown = (): Value => textual(unknownText(span));
  const inner = (one: Expression): Value => evaluate(one, lookUp);
  switch (expression.kind) {
    case "literal":
      return expression.value === null
        ? { ...span, kind: "null" }
        : textual(known(expression.value));
    case "template": {
      const parts = expression.parts.map((part) =>
        typeof part === "string" ? known(part) : textIn(inner(part)),
      );
      return textual(joinTexts(parts));
    }
    case "list":
      return { ...span, kind: "list", items: expression.items.map(inner) };
    case "object": {
      const entries = expression.entries.map(({ key, value }) => [key, inner(value)] as const);
      return { ...span, kind: "object", entries: new Map(entries) };
    }
    case "name": {
      const found = lookUp(expression.name);
      // The value is reported where it is used.
      return found === undefined ? unknown() : { ...found, ...(found.kind === "text" ? span : {}) };
    }
    case "operation":
      return operated(expression.by, expression.args.map(inner), unknown, textual);
    case "call":
      return called(expression.name, expression.args.map(inner), unknown, textual);
    case "opaque":
      return unknown();
  }
}

/** A value as one text. */
export function textIn(value: Value): Text {
  if (value.kind === "text") return value.text;
  return value.kind === "null" ? known("") : unknownText(value);
}

function unknownText({ file, start, end }: Span): Text {
  const source = file.text.slice(start, end).replace(/\s+/g, " ").replaceAll("}}", "} }");
  return textOfValue(new Unknown(source.slice(0, 80), "job"));
}

function operated(
  by: string,
  args: readonly Value[],
  unknown: () => Value,
  textual: (text: Text) => Value,
): Value {
  const [first, second, third] = args;
  if (first === undefined) return unknown();
  if (by === "?" && second !== undefined && third !== undefined) {
    const truth = isTrue(first);
    if (truth === undefined) return unknown();
    return truth ? second : third;
  }
  const result = decided(by, first, second);
  return result === undefined ? unknown() : textual(known(String(result)));
}

function decided(by: string, left: Value, right: Value | undefined): Tri {
  if (by === "!") {
    const truth = isTrue(left);
    return truth === undefined ? undefined : !truth;
  }
  if (right === undefined) return undefined;
  switch (by) {
    case "==":
      return sameText(textIn(left), textIn(right));
    case "!=": {
      const same = sameText(textIn(left), textIn(right));
      return same === undefined ? undefined : !same;
    }
    case "&&":
    case "||": {
      const stops = by === "||";
      const both = [isTrue(left), isTrue(right)];
      if (both.includes(stops)) return stops;
      return both.includes(undefined) ? undefined : !stops;
    }
    default:
      return undefined;
  }
}

function isTrue(value: Value): Tri {
  const text = knownText(textIn(value));
  return text === undefined ? undefined : text === "true";
}

/** The functions that bake files use most. */
function called(
  name: string,
  args: readonly Value[],
  unknown: () => Value,
  textual: (text: Text) => Value,
): Value {
  const [first, second] = args;
  if (first === undefined) return unknown();
  const text = knownText(textIn(first));
  switch (name) {
    case "equal":
    case "notequal":
      return operated(name === "equal" ? "==" : "!=", args, unknown, textual);
    case "not":
      return operated("!", args, unknown, textual);
    case "and":
    case "or":
      return operated(name === "and" ? "&&" : "||", args, unknown, textual);
    case "lower":
      return text === undefined ? unknown() : textual(known(text.toLowerCase()));
    case "upper":
      return text === undefined ? unknown() : textual(known(text.toUpperCase()));
    case "concat": {
      const lists = args.filter((arg) => arg.kind === "list");
      if (lists.length < args.length) return unknown();
      return { ...first, kind: "list", items: lists.flatMap(({ items }) => items) };
    }
    case "join":
      return second?.kind === "list" && text !== undefined
        ? textual(joined(second.items.map(textIn), text))
        : unknown();
    default:
      return unknown();
  }
}

function joined(texts: readonly Text[], separator: string): Text {
  return joinTexts(texts.flatMap((text, at) => (at === 0 ? [text] : [known(separator), text])));
}
