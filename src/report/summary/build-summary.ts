import type { LegResult } from "../../pipeline/build/build-leg.ts";
import type { Plan } from "../../plan/plan.ts";
import { coldLines, legRow, legWarnings, summariseLegs } from "../build/build-report.ts";
import { renderDockerfileWarning, warningsOfLegs } from "../build/dockerfile-warnings.ts";
import { mountLines } from "../build/mount-lines.ts";
import { groupWarnings } from "../plan/group-warnings.ts";
import { count } from "../../count.ts";
import { shortDigest } from "../table.ts";
import { warningsAbout } from "../plan/warnings-about.ts";
import { escapeCell, markdownList, markdownTable } from "./markdown.ts";

const heads = ["leg", "result", "cached:", "time:", "size:", "cache", "why", "digest"];

/** The legs and the warnings of a build, for a CI job's summary page. */
export function renderBuildSummary(results: readonly LegResult[], plan: Plan): string {
  const lint = warningsOfLegs(results).map(renderDockerfileWarning);
  const planned = warningsAbout(
    plan,
    results.map(({ leg }) => leg),
  );
  const warnings = groupWarnings([...planned, ...legWarnings(results)], plan);
  return [
    "### Build",
    "",
    [`${summariseLegs(results)}.`, ...hitRate(results), trustOf(plan)].join(" "),
    "",
    ...markdownTable(
      heads,
      results.map((result) => [...legRow(result), digestOf(result)]),
    ),
    ...markdownList([...coldLines(results), ...mountLines(results)]),
    ...markdownList([...warnings, ...lint], "⚠ "),
    "",
  ].join("\n");
}

/** `Trust: trusted (a push to the default branch).` */
export function trustOf({ trust }: Pick<Plan, "trust">): string {
  return `Trust: ${trust.level} (${escapeCell(trust.reason)}).`;
}

/** How many of the steps came from a cache, of the legs that were built. */
function hitRate(results: readonly LegResult[]): readonly string[] {
  const steps = results.flatMap((result) => (result.outcome === "failed" ? [] : [result.steps]));
  const all = steps.reduce((sum, step) => sum + step.all, 0);
  const cached = steps.reduce((sum, step) => sum + step.cached, 0);
  if (all === 0) return [];
  return [`Cached: ${cached} of ${count(all, "step")} (${Math.floor((cached / all) * 100)} %).`];
}

function digestOf(result: LegResult): string {
  return result.outcome === "failed" || result.digest === null ? "" : shortDigest(result.digest);
}
