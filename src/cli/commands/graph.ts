import { defineCommand } from "../program/define-command.ts";
import { configured } from "../program/flag-groups.ts";
import { argument, choice } from "../program/flags.ts";

export const graph = defineCommand({
  name: "graph",
  summary: "show the variants and what they are built on, without contacting a registry",
  arguments: [
    argument("[variant...]", "variants to show, with what they are built on (default: all)"),
  ],
  flags: [
    choice("--format <format>", "how to print the graph (default: text)", [
      "text",
      "dot",
      "mermaid",
      "json",
    ]),
    ...configured,
  ],
  example: "layerkeep graph --format mermaid",
  run: async ({ args: [variants], options, io }) => {
    const { showGraph } = await import("../show/show-graph.ts");
    return showGraph(variants, options, io);
  },
});
