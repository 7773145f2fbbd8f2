import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node as YamlNode,
  parseAllDocuments,
  parseDocument,
  type Scalar,
  type YAMLError,
  type YAMLMap,
} from "yaml";
import type { Place } from "../../config/yaml/yaml-places.ts";
import { remember } from "../remember.ts";
import type { Entry, Node, ScalarNode, SourceFile, Span } from "./node.ts";

/** The limit on values after aliases are expanded: far above any real file, and still cheap. */
const mostValues = 500_000;

export interface YamlProblem extends Place {
  readonly message: string;
}

export interface ReadNodes {
  /** Undefined for an empty file, and for one that cannot be read. */
  readonly root: Node | undefined;
  readonly problems: readonly YamlProblem[];
  /** The keys `<<`, which GitLab merges and GitHub refuses. */
  readonly mergeKeys: readonly Span[];
}

/** The nodes of a YAML file, which is parsed once. Every scalar is a string, as written. */
export const readNodes = remember(parse);

function parse(file: SourceFile): ReadNodes {
  try {
    const document = documentIn(file.text);
    const [error] = document?.errors ?? [];
    if (error !== undefined) {
      return unreadable({ message: messageOf(error), ...file.placeOf(error.pos[0]) });
    }
    return new Reader(file).read(document?.contents ?? null);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return unreadable({ message: tooDeep, line: 1, column: 1 });
  }
}

/** The document of a file; the second one after a head that describes inputs, as GitLab has it. */
function documentIn(text: string): Document | undefined {
  const options = { schema: "failsafe", uniqueKeys: false, prettyErrors: false } as const;
  const documents = [...parseAllDocuments(text, options)];
  const [head, body] = documents;
  if (body === undefined) return head;
  if (documents.length === 2 && isMap(head?.contents) && head.contents.has("spec")) return body;
  return parseDocument(text, options);
}

const tooDeep = "the file is nested too deeply";
/** Some messages quote the file, which may be a single long word. */
const longestMessage = 200;

function messageOf({ code, message }: YAMLError): string {
  if (code === "MULTIPLE_DOCS") return "the file contains more than one YAML document";
  // The parser catches this error itself.
  if (message.startsWith("Maximum call stack size exceeded")) return tooDeep;
  const [line = message] = message.split("\n", 1);
  return line.length > longestMessage ? `${line.slice(0, longestMessage)}…` : line;
}

function unreadable(problem: YamlProblem): ReadNodes {
  return { root: undefined, problems: [problem], mergeKeys: [] };
}

class Reader {
  readonly #file: SourceFile;
  readonly #problems: YamlProblem[] = [];
  readonly #mergeKeys: Span[] = [];
  readonly #anchors = new Map<string, { readonly node: Node; readonly size: number } | "open">();
  #size = 0;

  constructor(file: SourceFile) {
    this.#file = file;
  }

  read(contents: YamlNode | null): ReadNodes {
    const root = contents === null ? undefined : this.#node(contents);
    if (this.#size > mostValues) {
      const limit = mostValues.toLocaleString("en");
      const message = `the aliases in the file expand to more than ${limit} values`;
      return unreadable({ message, line: 1, column: 1 });
    }
    return { root, problems: this.#problems, mergeKeys: this.#mergeKeys };
  }

  #node(node: YamlNode): Node {
    this.#size += 1;
    if (isAlias(node)) {
      const target = this.#anchors.get(node.source);
      if (target !== undefined && target !== "open") {
        this.#size += target.size;
        return target.node;
      }
      this.#problem(node, `the alias *${node.source} refers to a value that contains it`);
      return this.#empty(node);
    }
    const before = this.#size;
    const { anchor } = node;
    if (anchor !== undefined) this.#anchors.set(anchor, "open");
    const read = this.#value(node);
    if (anchor !== undefined) this.#anchors.set(anchor, { node: read, size: this.#size - before });
    return read;
  }

  #value(node: YamlNode): Node {
    const span = this.#span(node);
    if (isScalar(node)) return { kind: "scalar", ...span, ...scalarOf(node) };
    if (isSeq(node)) {
      const items = node.items.map((item) => (isNode(item) ? this.#node(item) : this.#empty(node)));
      return { kind: "list", ...span, items, flow: node.flow === true, tag: node.tag };
    }
    if (isMap(node)) {
      return { kind: "map", ...span, entries: this.#entries(node), flow: node.flow === true };
    }
    return this.#empty(node);
  }

  #entries(node: YAMLMap): readonly Entry[] {
    const entries = new Map<string, Entry>();
    const merged: Entry[] = [];
    for (const { key, value } of node.items) {
      if (!isScalar(key)) {
        this.#problem(isNode(key) ? key : node, "a key must be a string");
        continue;
      }
      const name: ScalarNode = { kind: "scalar", ...this.#span(key), ...scalarOf(key) };
      const read = isNode(value) ? this.#node(value) : this.#empty(key);
      if (name.text === "<<" && name.style === "plain") {
        this.#mergeKeys.push(name);
        const sources = read.kind === "list" ? read.items : [read];
        merged.push(...sources.flatMap((source) => (source.kind === "map" ? source.entries : [])));
      } else {
        const text = name.text ?? "";
        if (entries.has(text)) this.#problem(key, `the key "${text}" is set twice`);
        // GitLab takes the last one; GitHub refuses the file.
        entries.set(text, { key: name, value: read });
      }
    }
    this.#size += merged.length;
    for (const entry of merged) {
      const name = entry.key.text ?? "";
      if (!entries.has(name)) entries.set(name, entry);
    }
    return [...entries.values()];
  }

  #empty(near: YamlNode): ScalarNode {
    const { end } = this.#span(near);
    return { kind: "scalar", file: this.#file, start: end, end, text: null, style: "plain" };
  }

  #span({ range }: YamlNode): { readonly file: SourceFile; start: number; end: number } {
    const [start = 0, end = start] = range ?? [];
    return { file: this.#file, start, end };
  }

  #problem(node: YamlNode, message: string): void {
    this.#problems.push({ message, ...this.#file.placeOf(this.#span(node).start) });
  }
}

function scalarOf({ value, type }: Scalar): Pick<ScalarNode, "text" | "style"> {
  const text = typeof value === "string" ? value : "";
  switch (type) {
    case "QUOTE_SINGLE":
      return { text, style: "single" };
    case "QUOTE_DOUBLE":
      return { text, style: "double" };
    case "BLOCK_FOLDED":
    case "BLOCK_LITERAL":
      return { text, style: "block" };
    default:
      return { text: /^(?:|~|null|Null|NULL)$/.test(text) ? null : text, style: "plain" };
  }
}

function isNode(value: unknown): value is YamlNode {
  return isScalar(value) || isMap(value) || isSeq(value) || isAlias(value);
}
