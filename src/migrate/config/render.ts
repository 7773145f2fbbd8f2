import { Document, isMap, isScalar, isSeq, visit, type YAMLMap } from "yaml";
import type { RawMap } from "./raw-config.ts";

/** A flow collection that is longer is written on several lines. */
const longestFlow = 80;

/** The text of a config: short lists and the rows of a matrix are on one line. */
export function renderConfig(config: RawMap, header: readonly string[]): string {
  const document = new Document(config, { aliasDuplicateObjects: false });
  visit(document, {
    Map: (_, node, path) => {
      const isPlain = node.items.every(({ value }) => isScalar(value));
      if (isPlain && path.length > 3 && JSON.stringify(node).length <= longestFlow)
        node.flow = true;
    },
    Seq: (_, node) => {
      const isPlain = node.items.every((item) => !isMap(item) && !isSeq(item));
      if (isPlain && JSON.stringify(node).length <= longestFlow) node.flow = true;
    },
    Pair: (_, { key, value }) => {
      if (String(key) !== "include" || !isSeq(value)) return;
      for (const row of value.items) if (isMap(row)) row.flow = true;
    },
  });
  shareTargets(document);
  document.commentBefore = header.map((line) => ` ${line}`).join("\n");
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

/** Targets that differ in their repository alone have the rest from the first one. */
function shareTargets(document: Document): void {
  const publish: unknown = document.get("publish", true);
  if (!isSeq(publish)) return;
  const [first, ...others] = publish.items.filter((item) => isMap(item));
  if (first === undefined || others.length < publish.items.length - 1) return;
  const restOf = (target: YAMLMap): string => {
    const whole: unknown = target.toJS(document);
    return JSON.stringify(whole, (key, value: unknown) => (key === "repository" ? null : value));
  };
  for (const other of others) {
    if (restOf(other) !== restOf(first)) continue;
    const alias = document.createAlias(first, "target");
    const merge = document.createPair("<<", alias);
    other.items = [merge, ...other.items.filter(({ key }) => String(key) === "repository")];
    other.flow = true;
  }
}
