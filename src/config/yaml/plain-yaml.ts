import type { Offsets, OffsetsOf } from "./yaml-places.ts";

/** The values of a file, and where they begin in its text. */
export interface PlainYaml {
  readonly value: unknown;
  readonly offsets: OffsetsOf;
}

/**
 * Reads YAML that has only maps, lists and short strings, as nearly all configs and matrix files
 * do. The values and places are the same as the full reader's, in a tenth of the time. Returns
 * undefined for any other text, even a broken one, which the full reader handles.
 */
export function readPlainYaml(text: string): PlainYaml | undefined {
  const reader = new PlainReader(text);
  try {
    return { value: reader.document(), offsets: reader.offsets };
  } catch (error) {
    if (error === notPlain) return undefined;
    throw error;
  }
}

const notPlain = new Error("not plain YAML");

const spaces = / */y;
/** What may follow a value on its line. */
const lineEnd = / *(?: #.*)?(?:\n|$)/y;
const blankLine = / *(?:#.*)?(?:\n|$)/y;
const blockKey = /([A-Za-z_][\w./-]{0,200}):(?= |\n|$)/y;
const flowKey = /([A-Za-z_][\w./-]{0,200}): +/y;
const quoted = /'([^'\n]*)'(?!')|"([^"\\\n]*)"/y;
const word = "[\\w./$@+=~*,(){}[\\]\"'!?;&|%<>^-]+";
const blockText = new RegExp(`(?=[\\w./$(]|-\\w)${word}(?:(?: +|:)${word})*`, "y");
const flowWord = "[\\w./$@+=~*()!?;&|%<>^-]+";
const flowText = new RegExp(`(?=[\\w./$(]|-\\w)${flowWord}(?:(?: +|:)${flowWord})*`, "y");
/** Texts that YAML reads as null, and keys that every object inherits. */
const nulls = /^(?:null|Null|NULL)$/;
const noKey = /^(?:null|Null|NULL|__proto__|constructor|prototype)$/;
/** Far above any real file, far below the limit of the stack. */
const deepest = 100;

interface Found {
  readonly value: unknown;
  readonly start: number;
}

/** Whether it is at the first character of a line's content, but within the line. */
class PlainReader {
  readonly offsets = new WeakMap<object, ReadonlyMap<string | number, Offsets>>();
  readonly #text: string;
  #at = 0;
  /** Column of the content, 0-based; −1 at the text's end. */
  #indent = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): unknown {
    if (this.#text.startsWith("---\n")) this.#at = 4;
    this.#nextLine();
    if (this.#indent !== 0) throw notPlain;
    const { value } = this.#map(0);
    if (this.#at < this.#text.length) throw notPlain;
    return value;
  }

  #map(indent: number): Found {
    const start = this.#at;
    const map: Record<string, unknown> = {};
    const places = new Map<string, Offsets>();
    this.#enter();
    while (this.#indent === indent) {
      const key = this.#at;
      const name = this.#take(blockKey)?.[1] ?? "";
      if (name === "" || noKey.test(name) || Object.hasOwn(map, name)) throw notPlain;
      const { value, start: begin } = this.#isLineEnd() ? this.#below(indent) : this.#inline();
      map[name] = value;
      places.set(name, { key, value: begin });
      if (this.#indent > indent) throw notPlain;
      if (this.#indent === indent && this.#isDash()) break;
    }
    this.#depth -= 1;
    this.offsets.set(map, places);
    return { value: map, start };
  }

  #list(indent: number): Found {
    const start = this.#at;
    const list: unknown[] = [];
    const places = new Map<number, Offsets>();
    this.#enter();
    while (this.#indent === indent && this.#isDash()) {
      this.#at += 1;
      const { value, start: begin } = this.#isLineEnd() ? this.#belowDash(indent) : this.#item();
      places.set(list.length, { key: begin, value: begin });
      list.push(value);
      if (this.#indent > indent) throw notPlain;
    }
    this.#depth -= 1;
    this.offsets.set(list, places);
    return { value: list, start };
  }

  /** After a dash: a value, or a map whose first key is on this line. */
  #item(): Found {
    const before = this.#at;
    this.#take(spaces);
    const column = this.#indent + 1 + this.#at - before;
    if (!this.#looksAt(blockKey)) return this.#inline();
    this.#indent = column;
    return this.#map(column);
  }

  /** The lines below a key; a list may begin in the key's own column. */
  #below(indent: number): Found {
    this.#take(spaces);
    const start = this.#at;
    this.#take(lineEnd);
    this.#nextLine();
    if (this.#indent >= indent && this.#isDash()) return this.#list(this.#indent);
    return this.#indent > indent ? this.#map(this.#indent) : { value: null, start };
  }

  #belowDash(indent: number): Found {
    this.#take(lineEnd);
    this.#nextLine();
    if (this.#indent <= indent || this.#isDash()) throw notPlain;
    return this.#map(this.#indent);
  }

  /** A value to the end of its line. */
  #inline(): Found {
    this.#take(spaces);
    const start = this.#at;
    const value = this.#scalarOrFlow(blockText);
    if (this.#take(lineEnd) === undefined) throw notPlain;
    this.#nextLine();
    return { value, start };
  }

  #scalarOrFlow(plain: RegExp): unknown {
    const first = this.#text[this.#at];
    if (first === "[") return this.#flowList();
    if (first === "{") return this.#flowMap();
    const inQuotes = this.#take(quoted);
    if (inQuotes !== undefined) return inQuotes[1] ?? inQuotes[2];
    const [text] = this.#take(plain) ?? [];
    if (text === undefined) throw notPlain;
    return nulls.test(text) ? null : text;
  }

  #flowList(): unknown[] {
    const list: unknown[] = [];
    const places = new Map<number, Offsets>();
    this.#flow("]", () => {
      const start = this.#at;
      places.set(list.length, { key: start, value: start });
      list.push(this.#scalarOrFlow(flowText));
    });
    this.offsets.set(list, places);
    return list;
  }

  #flowMap(): Record<string, unknown> {
    const map: Record<string, unknown> = {};
    const places = new Map<string, Offsets>();
    this.#flow("}", () => {
      const key = this.#at;
      const name = this.#take(flowKey)?.[1] ?? "";
      if (name === "" || noKey.test(name) || Object.hasOwn(map, name)) throw notPlain;
      const value = this.#at;
      map[name] = this.#scalarOrFlow(flowText);
      places.set(name, { key, value });
    });
    this.offsets.set(map, places);
    return map;
  }

  /** Items between brackets, separated by commas. */
  #flow(close: string, item: () => void): void {
    this.#enter();
    this.#at += 1;
    this.#take(spaces);
    if (this.#text[this.#at] !== close) {
      for (;;) {
        item();
        this.#take(spaces);
        const next = this.#text[this.#at];
        if (next === close) break;
        if (next !== ",") throw notPlain;
        this.#at += 1;
        this.#take(spaces);
      }
    }
    this.#at += 1;
    this.#depth -= 1;
  }

  #enter(): void {
    this.#depth += 1;
    if (this.#depth > deepest) throw notPlain;
  }

  /** Skips to the content of the next line that has any. */
  #nextLine(): void {
    const { length } = this.#text;
    while (this.#at < length && this.#take(blankLine) !== undefined);
    const start = this.#at;
    this.#take(spaces);
    this.#indent = this.#at >= length ? -1 : this.#at - start;
  }

  #isDash(): boolean {
    const next = this.#text[this.#at + 1];
    return this.#text[this.#at] === "-" && (next === " " || next === "\n" || next === undefined);
  }

  #isLineEnd(): boolean {
    return this.#looksAt(lineEnd);
  }

  #looksAt(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    return pattern.test(this.#text);
  }

  #take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) return undefined;
    this.#at = pattern.lastIndex;
    return match;
  }
}
