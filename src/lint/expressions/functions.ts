import { equalTexts, jsonText } from "./json-text.ts";
import {
  exampleOf,
  isUnknown,
  type Json,
  knownStart,
  plainText,
  textOfValue,
  type Tri,
  Unknown,
  type Value,
} from "./value.ts";

interface CallOptions {
  readonly status: Readonly<Record<string, Tri>>;
  /** The call as an unknown value, with its value in a run that is taken as an example. */
  readonly unknown: (example?: Json) => Unknown;
}

/** The value of a function call; unknown if an argument is, or if only a run can tell. */
export function callFunction(
  name: string,
  args: readonly Value[],
  { status, unknown }: CallOptions,
): Value {
  if (Object.hasOwn(status, name)) return status[name] ?? unknown();
  if (name === "startswith") return startsWith(args) ?? unknown();
  if (name === "format") return format(args, unknown);
  const plain = args.map(exampleOf).filter((arg) => arg !== undefined);
  if (plain.length < args.length || !isKnownFunction(name)) return unknown();
  try {
    const value: Value = functions[name](...plain) ?? unknown();
    if (typeof value !== "string") return value;
    if (value.length > longestText) return unknown();
    return args.some(isUnknown) ? unknown(value) : value;
  } catch {
    return unknown();
  }
}

/** Longer texts are not known. UTF-16 units; GitHub starts no workflow whose file is that large. */
export const longestText = 1 << 20;

type Function = (...args: readonly Json[]) => Value | undefined;

const functions = {
  contains: (within = null, item = null) =>
    Array.isArray(within)
      ? within.some((one: Json) => equalTexts(one, item))
      : lower(within).includes(lower(item)),
  endswith: (text = null, end = null) => lower(text).endsWith(lower(end)),
  join: (list = null, separator = ",") =>
    Array.isArray(list) ? list.map(plainText).join(plainText(separator)) : plainText(list),
  tojson: (value = null) => jsonText(value),
  fromjson: (text = null) => JSON.parse(plainText(text)) as Json,
  case: (...args) => chosen(args),
} as const satisfies Record<string, Function>;

/** The start of a text may be known although the rest of it is not. */
function startsWith([text = null, start = null]: readonly Value[]): Tri {
  const [whole, begin] = [exampleOf(text), exampleOf(start)];
  if (begin === undefined) return undefined;
  const wanted = lower(begin);
  if (whole !== undefined || !isUnknown(text)) return lower(whole ?? null).startsWith(wanted);
  const known = knownStart(textOfValue(text)).toLowerCase();
  if (known.startsWith(wanted)) return true;
  return wanted.startsWith(known) ? undefined : false;
}

function isKnownFunction(name: string): name is keyof typeof functions {
  return Object.hasOwn(functions, name);
}

function lower(value: Json): string {
  return plainText(value).toLowerCase();
}

/** A text in which values may be unknown. */
function format([pattern = null, ...values]: readonly Value[], unknown: () => Unknown): Value {
  if (isUnknown(pattern)) return unknown();
  const texts = values.map(textOfValue);
  const used: Unknown[] = [];
  const text = plainText(pattern).replace(
    /\{\{|\}\}|\{(\d+)\}/g,
    (whole, at: string | undefined) => {
      if (at === undefined) return whole.charAt(0);
      used.push(...(texts[Number(at)]?.unknown ?? []));
      return texts[Number(at)]?.text ?? "";
    },
  );
  if (used.length === 0) return text;
  const { expression, constancy } = unknown();
  return new Unknown(expression, constancy, { text, unknown: used });
}

/** `case(condition, value, …, default)`. */
function chosen(args: readonly Json[]): Json | undefined {
  for (let at = 0; at + 1 < args.length; at += 2) {
    if (args[at] === true) return args[at + 1];
  }
  return args.length % 2 === 1 ? args.at(-1) : null;
}
