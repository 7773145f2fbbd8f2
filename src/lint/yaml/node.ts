import { createPlaces, type Place } from "../../config/yaml/yaml-places.ts";

/** A text file and how its offsets become lines and columns. */
export interface SourceFile {
  /** Relative to the repository's root, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly placeOf: (offset: number) => Place;
}

export function sourceFile(path: string, text: string): SourceFile {
  return { path, text, placeOf: createPlaces(text) };
}

/** A part of a file: offsets in its text, the end exclusive. */
export interface Span {
  readonly file: SourceFile;
  readonly start: number;
  readonly end: number;
}

/** A value of a YAML file and where it is written. What an alias names is shared, not copied. */
export type Node = MapNode | ListNode | ScalarNode;

export interface ScalarNode extends Span {
  readonly kind: "scalar";
  /** As written, without quotes; null for YAML's forms of null. */
  readonly text: string | null;
  readonly style: "plain" | "single" | "double" | "block";
}

export interface ListNode extends Span {
  readonly kind: "list";
  readonly items: readonly Node[];
  /** Whether it is written as `[a, b]`. */
  readonly flow: boolean;
  /** A tag of the application, such as GitLab's `!reference`. */
  readonly tag: string | undefined;
}

export interface MapNode extends Span {
  readonly kind: "map";
  readonly entries: readonly Entry[];
  /** Whether it is written as `{a: b}`. */
  readonly flow: boolean;
}

export interface Entry {
  readonly key: ScalarNode;
  readonly value: Node;
}

/** The entry of a map with this key; undefined also if the node is not a map. */
export function entryOf(node: Node | undefined, key: string): Entry | undefined {
  if (node?.kind !== "map") return undefined;
  return node.entries.find((entry) => entry.key.text === key);
}

/** The value at a path of keys. */
export function at(node: Node | undefined, ...path: readonly string[]): Node | undefined {
  return path.reduce<Node | undefined>((found, key) => entryOf(found, key)?.value, node);
}

/** A scalar's text; undefined if it is missing, null, or not a scalar. */
export function textOf(node: Node | undefined): string | undefined {
  return node?.kind === "scalar" ? (node.text ?? undefined) : undefined;
}

/** The texts of a scalar or of a list of scalars, as `needs` and `on` may be written. */
export function textsOf(node: Node | undefined): readonly ScalarNode[] {
  if (node?.kind === "scalar") return node.text === null ? [] : [node];
  if (node?.kind !== "list") return [];
  return node.items.filter((item) => item.kind === "scalar");
}

/** The scalars of a list, and of the lists in it. */
export function scalarsIn(node: Node | undefined): readonly ScalarNode[] {
  if (node?.kind === "scalar") return node.text === null ? [] : [node];
  return node?.kind === "list" ? node.items.flatMap(scalarsIn) : [];
}

export function entriesOf(node: Node | undefined): readonly Entry[] {
  return node?.kind === "map" ? node.entries : [];
}

export function itemsOf(node: Node | undefined): readonly Node[] {
  return node?.kind === "list" ? node.items : [];
}

/**
 * Where some text is written within a span, such as a line of a block scalar; the span itself if it
 * is not written there as it is.
 */
export function spanWithin(span: Span, text: string, from = span.start): Span {
  const wanted = text.trim();
  const start = wanted === "" ? -1 : span.file.text.indexOf(wanted, from);
  if (start < 0 || start + wanted.length > span.end) return span;
  return { file: span.file, start, end: start + wanted.length };
}
