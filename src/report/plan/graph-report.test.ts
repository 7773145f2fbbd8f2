import { expect, it } from "vitest";
import type { GraphLeg } from "../../pipeline/graph/variant-graph.ts";
import { renderGraphDot, renderGraphMermaid, renderGraphText } from "./graph-report.ts";

const leg = (id: string, parents: readonly string[], images: readonly string[]): GraphLeg => {
  const [variant = "", ...platform] = id.split("/");
  return { id, variant, platform: platform.join("/"), parents, images };
};
const legs = [
  leg("base/linux/amd64", [], ["debian:12"]),
  leg("base/linux/arm64", [], ["debian:12"]),
  leg("app/linux/amd64", ["base/linux/amd64"], ["golang:1", "debian:12"]),
  leg("tool/linux/amd64", ["base/linux/amd64"], []),
  leg("alone/linux/amd64", [], []),
];

it("prints a tree of each variant that no other is built on", () => {
  expect(renderGraphText(legs)).toBe(`app (linux/amd64)
├── base (linux/amd64, linux/arm64)
│   └── debian:12
├── golang:1
└── debian:12
tool (linux/amd64)
└── base (*)
alone (linux/amd64)

4 variants, 5 legs; (*): shown above`);
});

it("prints a graph for Graphviz, with names escaped", () => {
  expect(renderGraphDot([leg("a/linux/amd64", ["b/linux/amd64"], ['x"y'])])).toBe(
    String.raw`digraph layerkeep {
  rankdir=LR;
  node [shape=box];
  "a" [label="a\nlinux/amd64"];
  "image x\"y" [label="x\"y", style=dashed];
  "a" -> "b";
  "a" -> "image x\"y";
}`,
  );
});

it("prints a graph for Mermaid, with names escaped", () => {
  const two = [leg("b/linux/amd64", [], []), leg("a/linux/amd64", ["b/linux/amd64"], ['x"]y'])];
  expect(renderGraphMermaid(two)).toBe(`flowchart LR
  v0["b: linux/amd64"]
  v1["a: linux/amd64"]
  i0(["x#34;#93;y"])
  v1 --> v0
  v1 -.-> i0`);
});
