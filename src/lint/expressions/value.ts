import { expressionsIn } from "./template.ts";

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
  /** What it is unless it is empty: the text of `condition && text || ''`. */
  readonly unlessEmpty: Text | undefined;
  /** Its value in a run that is taken as an example, if there is one: conditions are decided by it. */
  readonly example: Json | undefined;

  constructor(expression: string, constancy: Constancy, parts?: Text, more: Known = {}) {
    this.expression = expression;
    this.constancy = constancy;
    this.parts = parts;
    this.unlessEmpty = more.unlessEmpty;
    this.example = more.example;
  }
}

interface Known {
  readonly unlessEmpty?: Text | undefined;
  readonly example?: Json | undefined;
}

export type Value = Json | Unknown;

/** True, false, or undefined if only a run can tell. */
export type Tri = boolean | undefined;

export function isUnknown(value: Value | undefined): value is Unknown {
  return value instanceof Unknown;
}

export function isList(value: object): value is readonly Json[] {
  return Array.isArray(value);
}

/** A value in the run that is taken as an example; undefined if it is not known there either. */
export function exampleOf(value: Value): Json | undefined {
  if (!isUnknown(value)) return value;
  return value.example ?? (value.parts === undefined ? undefined : exampleText(value.parts));
}

/** A text in the run that is taken as an example; undefined if a part is not known there either. */
export function exampleText({ text, unknown }: Text): string | undefined {
  let filled = text;
  for (const part of unknown) {
    const example = exampleOf(part);
    if (example === undefined) return undefined;
    filled = filled.replaceAll(textOfValue(part).text, () => plainText(example));
  }
  return filled;
}

/** GitHub's rule: false, 0, an empty string and null are false. */
export function truthOf(value: Value): Tri {
  const known = exampleOf(value);
  return known === undefined
    ? undefined
    : known !== false && known !== 0 && known !== "" && known !== null;
}

export function both(left: Tri, right: Tri): Tri {
  if (left === false || right === false) return false;
  return left === undefined || right === undefined ? undefined : true;
}

/** A text in which what is not known is left as `${{ expression }}`. */
export interface Text {
  readonly text: string;
  readonly unknown: readonly Unknown[];
  /** The value that it is a part of, if that may be empty instead. */
  readonly orEmpty?: Unknown;
}

export function known(text: string): Text {
  return { text, unknown: [] };
}

/** A value as text: if it may be empty, what it is otherwise. */
export function textOrEmpty(value: Value): Text {
  if (!isUnknown(value) || value.unlessEmpty === undefined) return textOfValue(value);
  return { ...value.unlessEmpty, orEmpty: value };
}

export function textOfValue(value: Value): Text {
  if (isUnknown(value)) {
    return value.parts ?? { text: `\${{ ${value.expression} }}`, unknown: [value] };
  }
  return known(plainText(value));
}

/** A text as a value: what is not known of it stays unknown. */
export function valueOfText(text: Text): string | Unknown {
  const [first] = text.unknown;
  if (first === undefined) return text.text;
  if (text.text === textOfValue(first).text) return first;
  const varies = text.unknown.some(({ constancy }) => constancy === "job");
  return new Unknown(text.text, varies ? "job" : "run", text);
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

/** A text up to the first part that is not known. */
export function knownStart({ text }: Text): string {
  return text.split("${{", 1)[0] ?? "";
}

/** Whether a text is not empty. GitLab's predefined variables have a value when they are set. */
export function isFilled({ text, unknown, orEmpty }: Text): Tri {
  if (orEmpty !== undefined) return undefined;
  if (unknown.length === 0) return text !== "";
  if (text.replace(/\$\{\{.*?\}\}/gs, "") !== "") return true;
  return unknown.some(({ expression }) => /^\$CI_\w+$/.test(expression)) ? true : undefined;
}

/** Whether two texts of one run are equal; undefined if only a run can tell. Examples decide. */
export function sameText(left: Text, right: Text): Tri {
  const [a, b] = [exampleText(left), exampleText(right)];
  return a !== undefined && b !== undefined
    ? a === b
    : same(left, right, ({ constancy }) => constancy === "run");
}

/** What has one value in all runs of a repository. */
const constants =
  /^(?:github\.(?:repository(?:_id|_owner|_owner_id)?|server_url|api_url)|vars\.[\w-]+|secrets\.(?!github_token$)[\w-]+|\$?CI_(?:REGISTRY|PROJECT|SERVER|API|DEFAULT_BRANCH)\w*)$/i;

export function isConstant({ expression }: Unknown): boolean {
  return constants.test(expression);
}

/** Whether two texts of different runs are equal; undefined if only the runs can tell. */
export function sameInAllRuns(left: Text, right: Text): Tri {
  return same(left, right, isConstant);
}

function same(left: Text, right: Text, constant: (unknown: Unknown) => boolean): Tri {
  if (left.unknown.length + right.unknown.length === 0) return left.text === right.text;
  const varying = [...left.unknown, ...right.unknown].filter((unknown) => !constant(unknown));
  if (left.text === right.text) return varying.length > 0 ? undefined : true;
  const names = new Set(varying.map(({ expression }) => `\${{ ${expression} }}`));
  const [a, b] = withoutCommon(atomsOf(left.text), atomsOf(right.text), names);
  return [...a, ...b].some((atom) => atom.length > 1) ? undefined : false;
}

/** Its expressions and, one by one, the other characters. */
function atomsOf(text: string): readonly string[] {
  return text.match(/\$\{\{.*?\}\}|[^]/g) ?? [];
}

/** Two lists without their common start and end. */
function withoutCommon(
  left: readonly string[],
  right: readonly string[],
  varying: ReadonlySet<string>,
): readonly [readonly string[], readonly string[]] {
  const most = Math.min(left.length, right.length);
  const equal = (a: string | undefined, b: string | undefined): boolean =>
    a === b && a !== undefined && !varying.has(a);
  let start = 0;
  while (start < most && equal(left[start], right[start])) start += 1;
  let end = 0;
  while (end < most - start && equal(left.at(-1 - end), right.at(-1 - end))) end += 1;
  return [left.slice(start, left.length - end), right.slice(start, right.length - end)];
}

/** The parts of a text between separators. What is not known belongs to the part it is in. */
export function splitText(text: Text, separator: string | RegExp): readonly Text[] {
  return piecesOf(text.text, separator).map((piece) => partOf(text, piece));
}

/** A part of a text, with what is not known of that part. */
export function partOf({ unknown, orEmpty }: Text, part: string): Text {
  const inPart = unknown.filter(({ expression }) => part.includes(`\${{ ${expression} }}`));
  return { ...(orEmpty === undefined ? {} : { orEmpty }), text: part, unknown: inPart };
}

/** Texts one after the other. */
export function joinTexts(texts: readonly Text[]): Text {
  return {
    text: texts.map(({ text }) => text).join(""),
    unknown: texts.flatMap(({ unknown }) => unknown),
  };
}

/** Separators within an expression do not separate. */
function piecesOf(text: string, separator: string | RegExp): readonly string[] {
  const found = expressionsIn(text);
  if (found.length === 0) return text.split(separator);
  let from = 0;
  const hidden = found.map(({ offset, end }, at) => {
    const before = text.slice(from, offset);
    from = end;
    return `${before}\u0000${at}\u0000`;
  });
  const written = found.map(({ offset, end }) => text.slice(offset, end));
  return `${hidden.join("")}${text.slice(from)}`
    .split(separator)
    .map((piece) => piece.replace(/\0(\d+)\0/g, (_, at: string) => written[Number(at)] ?? ""));
}
