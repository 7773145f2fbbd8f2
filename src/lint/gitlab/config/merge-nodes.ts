import type { Entry, MapNode, Node } from "../../yaml/node.ts";

/** Two maps as one, as `extends` and `include` merge: the second wins, and lists are not joined. */
export function mergeMaps(base: MapNode, over: MapNode): MapNode {
  const entries = new Map<string, Entry>(base.entries.map((entry) => [nameOf(entry), entry]));
  for (const entry of over.entries) {
    const before = entries.get(nameOf(entry));
    const value = before === undefined ? entry.value : mergeNodes(before.value, entry.value);
    entries.set(nameOf(entry), { key: entry.key, value });
  }
  return { ...over, entries: [...entries.values()] };
}

function mergeNodes(base: Node, over: Node): Node {
  return base.kind === "map" && over.kind === "map" ? mergeMaps(base, over) : over;
}

/** A map without one of its entries. */
export function without(map: MapNode, name: string): MapNode {
  return { ...map, entries: map.entries.filter((entry) => nameOf(entry) !== name) };
}

function nameOf({ key }: Entry): string {
  return key.text ?? "";
}
