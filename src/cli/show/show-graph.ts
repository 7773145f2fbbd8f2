import { UsageError } from "../../errors.ts";
import { chooseGraph, type GraphLeg, readGraph } from "../../pipeline/graph/variant-graph.ts";
import {
  renderGraphDot,
  renderGraphMermaid,
  renderGraphText,
} from "../../report/plan/graph-report.ts";
import type { ConfigOptions, GlobalOptions, Io } from "../io.ts";
import { optionalConfig } from "../run/session.ts";
import { thisMachine } from "../run/this-machine.ts";
import { show } from "./show-result.ts";

type Format = "text" | "dot" | "mermaid" | "json";

const renderers: Readonly<Record<Exclude<Format, "json">, (legs: readonly GraphLeg[]) => string>> =
  {
    text: renderGraphText,
    dot: renderGraphDot,
    mermaid: renderGraphMermaid,
  };

/** Prints the variants of the config and what they are built on. */
export async function showGraph(
  variants: readonly string[],
  { format = "text", ...options }: GlobalOptions & ConfigOptions & { readonly format?: Format },
  io: Io,
): Promise<number> {
  if (options.json && format !== "text" && format !== "json") {
    throw new UsageError(`--json cannot be used with --format ${format}`);
  }
  const config = await optionalConfig(options, io, true);
  if (config === undefined) throw new Error("the required config was not found");
  const legs = chooseGraph(await readGraph(config, thisMachine()), variants);
  const json = options.json || format === "json";
  show(io, { json }, { legs }, () => renderers[format === "json" ? "text" : format](legs));
  return 0;
}
