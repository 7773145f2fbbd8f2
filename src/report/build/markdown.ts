import { harmless } from "../../harmless.ts";
import type { LegResult } from "../../pipeline/build/build-leg.ts";
import type { Plan } from "../../plan/plan.ts";
import { groupWarnings } from "../group-warnings.ts";
import { warningsAbout } from "../warnings-about.ts";
import { coldLines, legRow, legWarnings, summariseLegs } from "./build-report.ts";
import { renderDockerfileWarning, warningsOfLegs } from "./dockerfile-warnings.ts";

/** The legs and the warnings of a run, for a CI job's summary page. */
export function renderSummary(results: readonly LegResult[], plan: Plan): string {
  const rows = results.map((result) => legRow(result).map(escapeCell));
  const lint = warningsOfLegs(results).map(renderDockerfileWarning);
  const planned = warningsAbout(
    plan,
    results.map(({ leg }) => leg),
  );
  const told = groupWarnings([...planned, ...legWarnings(results)], plan);
  const warnings = [...told, ...lint];
  const cold = coldLines(results);
  return [
    "### Layerkeep",
    "",
    `${summariseLegs(results)}. Trust: ${plan.trust.level} (${escapeCell(plan.trust.reason)}).`,
    "",
    "| leg | result | cached | time | size | cache | why |",
    "|---|---|--:|--:|--:|---|---|",
    ...rows.map((row) => `| ${row.join(" | ")} |`),
    "",
    ...(cold.length === 0 ? [] : [...cold.map((line) => `- ${escapeCell(line)}`), ""]),
    ...(warnings.length === 0
      ? []
      : [...warnings.map((warning) => `- ⚠ ${escapeCell(warning)}`), ""]),
    "",
  ].join("\n");
}

/** Text that cannot leave its cell, become markup or a link, or mention a person. */
function escapeCell(text: string): string {
  return harmless(text)
    .replaceAll("&", "&amp;")
    .replace(/#(?=\d)/g, "&#35;")
    .replaceAll("<", "&lt;")
    .replace(/[|`*_~[\]\\]/g, "\\$&")
    .replaceAll("://", ":&#47;&#47;")
    .replace(/\bwww\./gi, (www) => `${www.slice(0, -1)}&#46;`)
    .replaceAll("@", "&#64;")
    .replace(/\s*\n\s*/g, " ");
}
