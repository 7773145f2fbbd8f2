import { forecastOf } from "../../../pipeline/publish/forecast.ts";
import type { PublishResult } from "../../../pipeline/publish/publish-variants.ts";
import { renderForecast } from "../../../report/plan/forecast-report.ts";
import {
  publishFailures,
  publishWarnings,
  renderPublished,
  renderUntagged,
  summarisePublished,
  untaggedVariants,
} from "../../../report/publish/publish-report.ts";
import { renderPublishSummary } from "../../../report/summary/publish-summary.ts";
import { annotate } from "../../annotate.ts";
import { type Io, warn } from "../../io.ts";
import { runExitCode } from "../exit-code.ts";
import { writeSummary } from "../step-summary.ts";
import type { PublishingOptions } from "./publish-options.ts";

/**
 * Prints the table of tags, and warnings and failures on stderr. In CI, writes the run's summary and
 * annotates the failures.
 */
export async function showPublished(
  results: readonly PublishResult[],
  { json, dryRun, allowUntagged }: PublishingOptions,
  io: Io,
): Promise<void> {
  const untagged = untaggedVariants(results);
  if (untagged.length > 0 && allowUntagged !== true) warn(io, renderUntagged(untagged));
  for (const warning of publishWarnings(results)) warn(io, warning);
  for (const failure of publishFailures(results)) {
    io.err(`${failure}\n`);
    annotate("error", failure, io);
  }
  if (results.length === 0) return;
  await writeSummary(renderPublishSummary(results, dryRun === true), io);
  if (json) return;
  const page = { columns: io.pageColumns() };
  io.out(
    dryRun === true
      ? `${renderForecast(forecastOf(results), "nothing was published (--dry-run)", page)}\n`
      : `${renderPublished(results, page)}${summarisePublished(results)}\n`,
  );
}

/** The exit code of a run by what went wrong with legs, and by what was published. */
export function publishExitCode(
  legErrors: readonly Error[],
  results: readonly PublishResult[],
  { allowUntagged }: Pick<PublishingOptions, "allowUntagged">,
): number {
  const errors = results.flatMap(({ error }) => (error === undefined ? [] : [error]));
  const code = runExitCode([...legErrors, ...errors]);
  const isIncomplete = allowUntagged !== true && untaggedVariants(results).length > 0;
  return code === 0 && isIncomplete ? 1 : code;
}

/** A result as `--json` prints it: of an error, the message. */
export function publishResultJson({ error, digest, ...rest }: PublishResult): unknown {
  return { ...rest, digest: digest ?? null, error: error?.message ?? null };
}
