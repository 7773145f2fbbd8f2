import type { Opaque } from "../../model/pipeline.ts";
import { at, type ListNode, type MapNode, type Node, textOf } from "../../yaml/node.ts";

/** "You can nest `!reference` tags up to 10 levels deep." */
const deepest = 10;

export interface Resolved {
  readonly config: MapNode;
  readonly opaque: readonly Opaque[];
}

/** A configuration with what its `!reference [job, key]` refer to in their place. */
export function resolveReferences(config: MapNode): Resolved {
  const opaque: Opaque[] = [];
  const known = new Map<Node, Node>();
  const resolve = (node: Node, depth: number): Node => {
    const before = known.get(node);
    if (before !== undefined) return before;
    const resolved = resolveOnce(node, depth);
    known.set(node, resolved);
    return resolved;
  };
  const resolveOnce = (node: Node, depth: number): Node => {
    switch (node.kind) {
      case "scalar":
        return node;
      case "map": {
        const entries = node.entries.map(({ key, value }) => ({
          key,
          value: resolve(value, depth),
        }));
        return { ...node, entries };
      }
      case "list":
        return node.tag === "!reference"
          ? referred(node, depth)
          : { ...node, items: node.items.map((item) => resolve(item, depth)) };
    }
  };
  const referred = (node: ListNode, depth: number): Node => {
    const path = node.items.map((item) => textOf(item) ?? "");
    const target = at(config, ...path);
    if (target !== undefined && depth < deepest) return resolve(target, depth + 1);
    const what = `!reference [${path.join(", ")}]`;
    const why = `${what} ${target === undefined ? "was not found" : "is nested too deeply"}`;
    opaque.push({ span: node, why });
    return { ...node, items: [], tag: undefined };
  };
  const entries = config.entries.map(({ key, value }) => ({ key, value: resolve(value, 0) }));
  return { config: { ...config, entries }, opaque };
}
