import type { LegResult } from "../../../pipeline/build/build-leg.ts";
import type { Plan } from "../../../plan/plan.ts";
import {
  coldLines,
  legWarnings,
  renderLegResults,
  summariseRun,
} from "../../../report/build/build-report.ts";
import {
  renderDockerfileWarning,
  warningsOfLegs,
} from "../../../report/build/dockerfile-warnings.ts";
import { mountLines } from "../../../report/build/mount-lines.ts";
import { groupWarnings } from "../../../report/plan/group-warnings.ts";
import { renderBuildSummary } from "../../../report/summary/build-summary.ts";
import { warningsAbout } from "../../../report/plan/warnings-about.ts";
import { type GlobalOptions, type Io, warn } from "../../io.ts";
import { writeSummary } from "../step-summary.ts";

/**
 * Prints the table and the warnings and, in CI, writes the run's summary. Not for a run that was
 * interrupted: its error says what is staged.
 */
export async function showLegResults(
  results: readonly LegResult[],
  plan: Plan,
  options: Pick<GlobalOptions, "json">,
  io: Io,
): Promise<void> {
  const lint = warningsOfLegs(results).map(renderDockerfileWarning);
  const warnings = groupWarnings(
    [...warningsAbout(plan, idsOf(results)), ...legWarnings(results)],
    plan,
  );
  for (const warning of [...warnings, ...lint]) warn(io, warning);
  if (!options.json) {
    const page = { columns: io.pageColumns() };
    const notes = [...coldLines(results), ...mountLines(results)].map((line) => `${line}\n`);
    const table = results.length === 0 ? "" : `${renderLegResults(results, page)}\n\n`;
    io.out(`${table}${notes.join("")}${summariseRun(results, io.elapsed())}\n`);
  }
  await writeSummary(renderBuildSummary(results, plan), io);
}

/** The legs that results are of. */
export function idsOf(results: readonly LegResult[]): readonly string[] {
  return results.map(({ leg }) => leg);
}

/** Why legs failed. */
export function legErrors(results: readonly LegResult[]): readonly Error[] {
  return results.flatMap((result) => (result.outcome === "failed" ? [result.error] : []));
}
