import type { Json } from "../expressions/value.ts";
import type { Node, ScalarNode } from "./node.ts";

/** A node as plain values: unquoted numbers and booleans have their type, as in YAML's core schema. */
export function jsonOf(node: Node, scalar: (node: ScalarNode) => Json = scalarValue): Json {
  switch (node.kind) {
    case "scalar":
      return scalar(node);
    case "list":
      return node.items.map((item) => jsonOf(item, scalar));
    case "map":
      return Object.fromEntries(
        node.entries.map(({ key, value }) => [key.text ?? "", jsonOf(value, scalar)]),
      );
  }
}

/** A scalar's value and type. */
export function scalarValue({ text, style }: ScalarNode): Json {
  if (text === null || style !== "plain") return text;
  if (/^(?:true|True|TRUE)$/.test(text)) return true;
  if (/^(?:false|False|FALSE)$/.test(text)) return false;
  if (/^[-+]?(?:\d+|0o[0-7]+|0x[\da-fA-F]+)$/.test(text)) return Number(text);
  if (/^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/.test(text)) return Number(text);
  return text;
}
