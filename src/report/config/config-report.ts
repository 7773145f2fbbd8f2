import { Document, isPair, isScalar, isSeq, visit } from "yaml";
import type { ShownMap } from "../../config/show/shown-config.ts";

type Path = readonly (string | number)[];

/** A shown config as YAML. With `originOf`, a comment beside each value says where it comes from. */
export function renderConfig(
  config: ShownMap,
  originOf: ((path: Path) => string) | undefined,
): string {
  const document = new Document(config, { aliasDuplicateObjects: false });
  visit(document, {
    Scalar: (key, node, ancestors) => {
      if (key === "key" || originOf === undefined) return;
      node.comment = ` ${originOf(pathOf(key, ancestors))}`;
    },
  });
  return document.toString({ lineWidth: 0 }).trimEnd();
}

/** The path of a value: `yaml` gives the key or index last, and the collections above it. */
function pathOf(key: unknown, ancestors: readonly unknown[]): Path {
  return [...ancestors, undefined].flatMap((node, at): Path => {
    if (isPair(node)) return isScalar(node.key) ? [String(node.key.value)] : [];
    if (!isSeq(node)) return [];
    const next = ancestors[at + 1];
    const index = next === undefined ? Number(key) : node.items.indexOf(next);
    return [index];
  });
}
