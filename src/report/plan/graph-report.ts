import type { GraphLeg } from "../../pipeline/graph/variant-graph.ts";
import { count } from "../../count.ts";

/** A variant with its legs' platforms, and what they are built on. */
interface Node {
  readonly name: string;
  readonly platforms: readonly string[];
  readonly parents: readonly string[];
  readonly images: readonly string[];
}

function nodesOf(legs: readonly GraphLeg[]): ReadonlyMap<string, Node> {
  const nodes = new Map<string, Node>();
  for (const { variant: name, platform, parents, images } of legs) {
    const known = nodes.get(name) ?? { name, platforms: [], parents: [], images: [] };
    const variants = parents.map((id) => id.slice(0, id.indexOf("/")));
    nodes.set(name, {
      name,
      platforms: [...known.platforms, platform],
      parents: [...new Set([...known.parents, ...variants])],
      images: [...new Set([...known.images, ...images])],
    });
  }
  return nodes;
}

/**
 * A tree for each variant that no other is built on, with what it is built on below it. What was
 * shown above is marked with `(*)`.
 */
export function renderGraphText(legs: readonly GraphLeg[]): string {
  const nodes = nodesOf(legs);
  const used = new Set([...nodes.values()].flatMap(({ parents }) => parents));
  const shown = new Set<string>();
  const lines = [...nodes.values()]
    .filter(({ name }) => !used.has(name))
    .flatMap(({ name }) => treeOf(name, nodes, shown));
  const total = `${count(nodes.size, "variant")}, ${count(legs.length, "leg")}`;
  const note = lines.some((line) => line.endsWith("(*)")) ? "; (*): shown above" : "";
  return [...lines, "", `${total}${note}`].join("\n");
}

function treeOf(
  name: string,
  nodes: ReadonlyMap<string, Node>,
  shown: Set<string>,
): readonly string[] {
  const node = nodes.get(name);
  if (node === undefined) return [name];
  const { platforms, parents, images } = node;
  const isLeaf = parents.length + images.length === 0;
  if (shown.has(name) && !isLeaf) return [`${name} (*)`];
  shown.add(name);
  const below = [...parents.map((one) => treeOf(one, nodes, shown)), ...images.map((one) => [one])];
  return [
    `${name} (${platforms.join(", ")})`,
    ...below.flatMap((lines, at) => indented(lines, at === below.length - 1)),
  ];
}

function indented(lines: readonly string[], isLast: boolean): readonly string[] {
  const [first, rest] = isLast ? ["└── ", "    "] : ["├── ", "│   "];
  return lines.map((line, at) => `${at === 0 ? first : rest}${line}`);
}

/** A graph for Graphviz: from each variant to what it is built on. */
export function renderGraphDot(legs: readonly GraphLeg[]): string {
  const text = (name: string): string => `"${name.replace(/["\\]/g, "\\$&")}"`;
  const nodes = [...nodesOf(legs).values()];
  return [
    "digraph layerkeep {",
    "  rankdir=LR;",
    "  node [shape=box];",
    ...nodes.map(({ name, platforms }) => {
      const label = `${name}\n${platforms.join("\n")}`.replace(/["\\]/g, "\\$&");
      return `  ${text(name)} [label="${label.replaceAll("\n", "\\n")}"];`;
    }),
    ...imagesOf(nodes).map(
      (image) => `  ${text(`image ${image}`)} [label=${text(image)}, style=dashed];`,
    ),
    ...nodes.flatMap(({ name, parents, images }) => [
      ...parents.map((parent) => `  ${text(name)} -> ${text(parent)};`),
      ...images.map((image) => `  ${text(name)} -> ${text(`image ${image}`)};`),
    ]),
    "}",
  ].join("\n");
}

/** A graph for Mermaid, which GitHub and GitLab draw in Markdown. */
export function renderGraphMermaid(legs: readonly GraphLeg[]): string {
  const nodes = [...nodesOf(legs).values()];
  const images = imagesOf(nodes);
  const idOf = (name: string): string => `v${nodes.findIndex((node) => node.name === name)}`;
  const imageId = (image: string): string => `i${images.indexOf(image)}`;
  // Names are written by users: anything that Mermaid could read as syntax becomes an entity.
  const text = (label: string): string =>
    `"${label.replace(/[^\w ./:@,-]/g, (one) => `#${one.codePointAt(0) ?? 32};`)}"`;
  return [
    "flowchart LR",
    ...nodes.map(({ name, platforms }) => {
      return `  ${idOf(name)}[${text(`${name}: ${platforms.join(", ")}`)}]`;
    }),
    ...images.map((image) => `  ${imageId(image)}([${text(image)}])`),
    ...nodes.flatMap(({ name, parents, images: own }) => [
      ...parents.map((parent) => `  ${idOf(name)} --> ${idOf(parent)}`),
      ...own.map((image) => `  ${idOf(name)} -.-> ${imageId(image)}`),
    ]),
  ].join("\n");
}

function imagesOf(nodes: readonly Node[]): readonly string[] {
  return [...new Set(nodes.flatMap(({ images }) => images))];
}
