import { entriesOf, itemsOf, type Node, type SourceFile } from "../../../yaml/node.ts";
import { readNodes } from "../../../yaml/read-nodes.ts";
import type { Block, Body, Expression } from "./expression.ts";

/** A bake file in JSON, which is YAML; undefined if it is not valid. Its texts have no `${…}`. */
export function parseJson(file: SourceFile): Body | undefined {
  const { root } = readNodes(file);
  if (root?.kind !== "map") return undefined;
  const blocks = root.entries.flatMap(({ key: type, value }) =>
    entriesOf(value).map(
      ({ key, value: inner }): Block => ({
        type: type.text ?? "",
        name: key.text ?? "",
        span: key,
        body: {
          attributes: new Map(
            entriesOf(inner).map((entry) => [entry.key.text ?? "", expressionOf(entry.value)]),
          ),
          blocks: [],
        },
      }),
    ),
  );
  return { attributes: new Map(), blocks };
}

function expressionOf(node: Node): Expression {
  const span = { file: node.file, start: node.start, end: node.end };
  switch (node.kind) {
    case "scalar":
      return node.text?.includes("${") === true
        ? { ...span, kind: "opaque" }
        : { ...span, kind: "literal", value: node.text };
    case "list":
      return { ...span, kind: "list", items: itemsOf(node).map(expressionOf) };
    case "map": {
      const entries = node.entries.map(({ key, value }) => ({
        key: key.text ?? "",
        value: expressionOf(value),
      }));
      return { ...span, kind: "object", entries };
    }
  }
}
