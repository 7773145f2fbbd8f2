import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type Scalar,
  type YAMLError,
  type YAMLMap,
} from "yaml";
import type { Problem } from "../../errors.ts";
import { isRecord, unread, type YamlFile, yamlFile } from "./yaml-file.ts";
import type { Offsets, Place } from "./yaml-places.ts";

/** The limit on values after aliases are expanded: far above any real file, and still cheap. */
const mostValues = 200_000;
/** Keys that every object inherits. */
const forbiddenKeys = new Set(["__proto__", "constructor", "prototype"]);

/** The full reader behind `readYaml`, which takes long to load. */
export function readWholeYaml(text: string): YamlFile {
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, {
      // Every scalar is a string: numbers stay as written, and it is faster.
      schema: "failsafe",
      lineCounter: lines,
      uniqueKeys: false,
      prettyErrors: false,
    });
    const [error] = document.errors;
    // What follows the first error is usually its consequence.
    const broken = error === undefined ? document.warnings : [error];
    if (broken.length > 0) return unread(broken.map(problemOf));
    return convert(document.contents, lines);
  } catch (error) {
    if (error instanceof RangeError)
      return unread([{ message: "the values in the file are nested too deeply" }]);
    throw error;
  }

  function problemOf({ message, pos: [offset] }: YAMLError): Problem {
    const { line, col: column } = lines.linePos(offset);
    const inFlow = text.startsWith("${", offset - 1);
    const hint = inFlow ? "put quotes around a string with ${…} inside { } or [ ]" : undefined;
    return { message: `invalid YAML: ${reword(message)}`, hint, line, column };
  }
}

function convert(contents: Node | null, lines: LineCounter): YamlFile {
  const problems: Problem[] = [];
  const offsets = new WeakMap<object, Map<string | number, Offsets>>();
  const anchors = new Map<string, { value: unknown; size: number } | "open">();
  let size = 0;

  const value = contents === null ? null : visit(contents);
  if (size > mostValues) {
    return unread([
      {
        message: `the aliases in the file expand to more than ${mostValues.toLocaleString("en")} values`,
      },
    ]);
  }
  return yamlFile(value, problems, offsets, placeOf);

  function placeOf(offset: number): Place {
    const { line, col: column } = lines.linePos(offset);
    return { line, column };
  }

  function visit(node: Node): unknown {
    size += 1;
    if (isAlias(node)) {
      const target = anchors.get(node.source);
      if (target === undefined || target === "open") {
        problem(node, `the alias *${node.source} refers to a value that contains it`);
        return null;
      }
      size += target.size;
      return target.value;
    }
    const before = size;
    if (node.anchor !== undefined) anchors.set(node.anchor, "open");
    const value = isMap(node)
      ? visitMap(node)
      : isSeq(node)
        ? visitList(node.items)
        : isScalar(node)
          ? textOf(node)
          : null;
    if (node.anchor !== undefined) anchors.set(node.anchor, { value, size: size - before });
    return value;
  }

  function visitList(items: readonly unknown[]): unknown[] {
    const places = new Map<number, Offsets>();
    const list = items.map((item, index) => {
      if (!isNode(item)) return null;
      const start = startOf(item);
      places.set(index, { key: start, value: start });
      return visit(item);
    });
    offsets.set(list, places);
    return list;
  }

  function visitMap(node: YAMLMap): Record<string, unknown> {
    const map: Record<string, unknown> = {};
    const places = new Map<string, Offsets>();
    const merged: object[] = [];
    for (const pair of node.items) {
      if (!isScalar(pair.key) || textOf(pair.key) === null) {
        problem(isNode(pair.key) ? pair.key : node, "a key must be a string", quoteBraces);
        continue;
      }
      const key = textOf(pair.key) ?? "";
      const start = startOf(pair.key);
      const value = isNode(pair.value) ? visit(pair.value) : null;
      const first = places.get(key);
      if (key === "<<" && pair.key.type === "PLAIN") {
        for (const source of Array.isArray(value) ? value : [value]) {
          if (isRecord(source)) merged.push(source);
          else problem(pair.key, "<< must be an alias for a map, or a list of such aliases");
        }
      } else if (first !== undefined) {
        problem(
          pair.key,
          `the key "${key}" is set twice`,
          `also on line ${placeOf(first.key).line}`,
        );
      } else if (forbiddenKeys.has(key)) {
        problem(pair.key, `"${key}" cannot be a key`);
      } else {
        map[key] = value;
        places.set(key, { key: start, value: isNode(pair.value) ? startOf(pair.value) : start });
      }
    }
    for (const source of merged) {
      for (const [key, value] of Object.entries(source)) {
        if (Object.hasOwn(map, key)) continue;
        map[key] = value;
        const place = offsets.get(source)?.get(key);
        if (place !== undefined) places.set(key, place);
      }
    }
    offsets.set(map, places);
    return map;
  }

  function problem(node: Node, message: string, hint?: string): void {
    problems.push({ message, hint, ...placeOf(startOf(node)) });
  }
}

const quoteBraces = 'put quotes around a string that begins with {, as in "{name}"';

/** The scalar as written, except that the core schema's forms of null become null. */
function textOf({ value, type }: Scalar): string | null {
  const text = typeof value === "string" ? value : "";
  return type === "PLAIN" && /^(?:|~|null|Null|NULL)$/.test(text) ? null : text;
}

function isNode(value: unknown): value is Node {
  return isScalar(value) || isMap(value) || isSeq(value) || isAlias(value);
}

function startOf(node: Node): number {
  return node.range?.[0] ?? 0;
}

function reword(message: string): string {
  if (/call stack/i.test(message)) return "the values in the file are nested too deeply";
  if (message.includes("multiple documents"))
    return "the file contains more than one document (---)";
  const line = message.split("\n", 1)[0] ?? message;
  return line.charAt(0).toLowerCase() + line.slice(1);
}
