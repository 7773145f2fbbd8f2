import type { Flag } from "./dockerfile.ts";
import { isSpace, trim } from "./space.ts";

/** `KEY=value` as written; without a value for `ARG KEY`. */
export interface NameValue {
  readonly name: string;
  readonly value: string | undefined;
}

/** An instruction's line in parts: its keyword, its flags and the rest. */
export interface CommandLine {
  readonly keyword: string;
  readonly flags: readonly Flag[];
  readonly rest: string;
}

/** BuildKit: frontend/dockerfile/parser/split_command.go. */
export function splitCommand(text: string, escape: string): CommandLine {
  const match = /^([^\t\v\f\r ]+)[\t\v\f\r ]*([^]*)$/.exec(trim(text));
  const { flags, rest } = splitFlags(match?.[2] ?? "", escape);
  return { keyword: (match?.[1] ?? "").toUpperCase(), flags, rest: trim(rest) };
}

/**
 * Splits at white space. A quoted part keeps its quotes and white space, and an escaped character
 * its escape; expansion removes the quotes and escapes.
 */
function splitWords(text: string, escape: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (quote === undefined && isSpace(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      continue;
    }
    word ??= "";
    if (character === escape && quote !== "'") {
      if (at + 1 === text.length) break;
      word += character + text.charAt(++at);
      continue;
    }
    if (character === quote) quote = undefined;
    else if (quote === undefined && (character === "'" || character === '"')) quote = character;
    word += character;
  }
  if (word !== undefined && word !== "") words.push(word);
  return words;
}

/** Splits at white space only, as COPY, ADD, FROM and VOLUME do. */
export function splitPlain(text: string): readonly string[] {
  return text.split(/[\t\v\f\r ]+/).filter((word) => word !== "");
}

/**
 * The pairs of ENV and LABEL, also in the old form `ENV name value`. Undefined if the text is in
 * neither form.
 */
export function splitPairs(text: string, escape: string): readonly NameValue[] | undefined {
  const words = splitWords(text, escape);
  if (words[0]?.includes("=") !== true) {
    const match = /^([^\t\v\f\r ]+)[\t\v\f\r ]+([^]+)$/.exec(text);
    const name = match?.[1];
    return name === undefined ? undefined : [{ name, value: match?.[2] ?? "" }];
  }
  return words.every((word) => word.includes("=")) ? words.map(pairOf) : undefined;
}

/** The names of ARG, each with its default if it has one. */
export function splitArgs(text: string, escape: string): readonly NameValue[] {
  return splitWords(text, escape).map(pairOf);
}

/** The strings of a JSON array; undefined if the text is not one. */
export function parseJsonForm(text: string): readonly unknown[] | undefined {
  if (!text.startsWith("[")) return undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function pairOf(word: string): NameValue {
  const equals = word.indexOf("=");
  return equals < 0
    ? { name: word, value: undefined }
    : { name: word.slice(0, equals), value: word.slice(equals + 1) };
}

interface FlagsAndRest {
  readonly flags: readonly Flag[];
  readonly rest: string;
}

/** The leading words that start with `--`, without their quotes; `--` ends them. */
function splitFlags(text: string, escape: string): FlagsAndRest {
  if (!text.startsWith("--")) return { flags: [], rest: text };
  // BuildKit reads flags byte by byte and treats each byte as a character: `--exclude=ä` has the
  // pattern `Ã¤`, and the byte A0 of `à` ends a flag.
  const { flags, rest } = splitByteFlags(Buffer.from(text, "utf8").toString("latin1"), escape);
  return { flags, rest: Buffer.from(rest, "latin1").toString("utf8") };
}

function splitByteFlags(text: string, escape: string): FlagsAndRest {
  const flags: Flag[] = [];
  let at = 0;
  for (;;) {
    while (isSpace(text.charAt(at))) at++;
    if (!text.startsWith("--", at)) return { flags, rest: text.slice(at) };
    const { word, end } = readFlag(text, at, escape);
    at = end;
    if (word === "--") return { flags, rest: text.slice(at) };
    const { name, value } = pairOf(word.slice(2));
    flags.push({ name, value });
  }
}

function readFlag(
  text: string,
  start: number,
  escape: string,
): { readonly word: string; readonly end: number } {
  let word = "";
  let quote: string | undefined;
  let at = start;
  for (; at < text.length; at++) {
    const character = text.charAt(at);
    if (quote === undefined && isSpace(character)) break;
    if (character === quote) quote = undefined;
    else if (quote === undefined && (character === "'" || character === '"')) quote = character;
    else if (character === escape) word += text.charAt(++at);
    else word += character;
  }
  return { word, end: at };
}
