import type { LegResult } from "../pipeline/build-leg.ts";
import type { Plan } from "../plan/plan.ts";
import { coldLines, legRow, legWarnings, summariseLegs } from "./build-report.ts";
import { renderDockerfileWarning, warningsOfLegs } from "./dockerfile-warnings.ts";

/** The legs and the warnings of a run, for a CI job's summary page. */
export function renderSummary(results: readonly LegResult[], plan: Plan): string {
  const rows = results.map((result) => legRow(result).map(escapeCell));
  const lint = warningsOfLegs(results).map(renderDockerfileWarning);
  const warnings = [...plan.warnings, ...legWarnings(results), ...lint];
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

/** Text that cannot leave its cell or turn into markup. */
function escapeCell(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replace(/[|`*_[\]\\]/g, "\\$&")
    .replace(/\s*\n\s*/g, " ");
}
