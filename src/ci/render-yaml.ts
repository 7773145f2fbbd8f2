import { Document, isMap, isScalar, visit } from "yaml";

interface RenderOptions {
  /** Lines of a comment at the top, without `#`. */
  readonly header: readonly string[];
  /** The comment beside a value, if it needs one. */
  readonly commentOf?: (value: string) => string | undefined;
  /** The path to the map whose entries have a blank line between them: the jobs. */
  readonly spaced: readonly string[];
}

/**
 * The text of a YAML file: what is undefined is left out, and nothing is folded or shared by
 * anchors.
 */
export function renderYaml(value: unknown, { header, commentOf, spaced }: RenderOptions): string {
  const document = new Document(value, { aliasDuplicateObjects: false });
  visit(document, {
    Scalar: (_, node) => {
      const comment = typeof node.value === "string" ? commentOf?.(node.value) : undefined;
      if (comment !== undefined) node.comment = ` ${comment}`;
    },
  });
  const map: unknown = spaced.length === 0 ? document.contents : document.getIn(spaced, true);
  for (const { key } of isMap(map) ? map.items.slice(1) : []) {
    if (isScalar(key)) key.spaceBefore = true;
  }
  document.commentBefore = header.map((line) => (line === "" ? "" : ` ${line}`)).join("\n");
  return document.toString({ lineWidth: 0 });
}
