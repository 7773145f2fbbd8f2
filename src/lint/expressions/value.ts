/** A value that a workflow has when it runs. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json | Unknown };

/** How far a value that is not known is the same: in the whole run, or in one job only. */
export type Constancy = "run" | "job";

/** What only a run can tell. */
export class Unknown {
  /** The expression, with known parts replaced. */
  readonly expression: string;
  readonly constancy: Constancy;
  /** A text of known and unknown parts, if it is one. */
  readonly parts: Text | undefined;

  constructor(expression: string, constancy: Constancy, parts?: Text) {
    this.expression = expression;
    this.constancy = constancy;
    this.parts = parts;
  }
}

export type Value = Json | Unknown;

/** True, false, or undefined if only a run can tell. */
export type Tri = boolean | undefined;

export function isUnknown(value: Value | undefined): value is Unknown {
  return value instanceof Unknown;
}

/** GitHub's rule: false, 0, an empty string and null are false. */
export function truthOf(value: Value): Tri {
  if (isUnknown(value)) return undefined;
  return value !== false && value !== 0 && value !== "" && value !== null;
}

export function both(left: Tri, right: Tri): Tri {
  if (left === false || right === false) return false;
  return left === undefined || right === undefined ? undefined : true;
}

/** A text in which what is not known is left as `${{ expression }}`. */
export interface Text {
  readonly text: string;
  readonly unknown: readonly Unknown[];
}

export function known(text: string): Text {
  return { text, unknown: [] };
}

export function textOfValue(value: Value): Text {
  if (isUnknown(value)) {
    return value.parts ?? { text: `\${{ ${value.expression} }}`, unknown: [value] };
  }
  return known(plainText(value));
}

/** A value as text, as GitHub writes it. */
export function plainText(value: Json): string {
  if (value === null) return "";
  if (typeof value === "object") return Array.isArray(value) ? "Array" : "Object";
  return String(value);
}

/** A known text; undefined if any part is not known. */
export function knownText(text: Text | undefined): string | undefined {
  return text === undefined || text.unknown.length > 0 ? undefined : text.text;
}

/** Whether two texts of one run are equal; undefined if only a run can tell. */
export function sameText(left: Text, right: Text): Tri {
  const varying = [...left.unknown, ...right.unknown].some(({ constancy }) => constancy === "job");
  if (left.text === right.text) return varying ? undefined : true;
  return left.unknown.length + right.unknown.length === 0 ? false : undefined;
}

/** The parts of a text between separators. What is not known belongs to the part it is in. */
export function splitText({ text, unknown }: Text, separator: string | RegExp): readonly Text[] {
  return piecesOf(text, separator).map((piece) => ({
    text: piece,
    unknown: unknown.filter(({ expression }) => piece.includes(`\${{ ${expression} }}`)),
  }));
}

/** Separators within an expression do not separate. */
function piecesOf(text: string, separator: string | RegExp): readonly string[] {
  const expressions: string[] = [];
  const hidden = text.replace(/\$\{\{.*?\}\}/gs, (expression) => {
    expressions.push(expression);
    return `\u0000${expressions.length - 1}\u0000`;
  });
  return hidden
    .split(separator)
    .map((piece) => piece.replace(/\0(\d+)\0/g, (_, at: string) => expressions[Number(at)] ?? ""));
}
