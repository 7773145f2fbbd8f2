import { type GitOptions } from "../../../git/run-git.ts";
import { isAncestor } from "../../../git/history.ts";
import {
  type PublishOptions,
  type PublishResult,
  publishVariants,
  refuseUnknownVariants,
} from "../../../pipeline/publish/publish-variants.ts";
import { forecastOf } from "../../../pipeline/publish/forecast.ts";
import type { Plan } from "../../../plan/plan.ts";
import { hasPreviews } from "../../../plan/previews.ts";
import { renderForecast } from "../../../report/forecast-report.ts";
import { groupWarnings } from "../../../report/group-warnings.ts";
import {
  publishFailures,
  publishWarnings,
  renderPublished,
  summarisePublished,
} from "../../../report/publish-report.ts";
import { renderPublishSummary } from "../../../report/summary/publish-summary.ts";
import { annotate } from "../../annotate.ts";
import { warningsAbout } from "../../../report/warnings-about.ts";
import { type GlobalOptions, type Io, type QuietOptions, warn } from "../../io.ts";
import type { building, publishing } from "../../program/flag-groups.ts";
import type { OptionsOf } from "../../program/flags.ts";
import { refuseAssumed } from "../assume-run.ts";
import { runExitCode } from "../exit-code.ts";
import { gitAt, type Probes } from "../probes.ts";
import { holdPreviews } from "../plan/previews.ts";
import { type PlanningOptions, readOrMakePlan } from "../plan/run-plan.ts";
import { openSession, type Session } from "../session.ts";
import { writeSummary } from "../step-summary.ts";
import { type ResultOptions, showRunResult } from "../../show/show-run-result.ts";

export type PublishingOptions = GlobalOptions &
  QuietOptions &
  ResultOptions &
  OptionsOf<typeof publishing> &
  Pick<OptionsOf<typeof building>, "dryRun">;

/** Publishes the staged legs of variants; of all of them if none is named. */
export async function publishStaged(
  variants: readonly string[],
  probes: Probes,
  options: PlanningOptions & PublishingOptions,
  io: Io,
): Promise<number> {
  refuseAssumed(options);
  const need = { command: "publish", access: "read" } as const;
  await using session = await openSession(probes, options, io, need);
  const made = await readOrMakePlan(session, options, io);
  refuseUnknownVariants(made, variants);
  const warnings = variants.length === 0 ? made.warnings : warningsOf(made, variants);
  for (const warning of groupWarnings(warnings, made)) warn(io, warning);
  const wanted = { ...options, mustServe: true, variants };
  const { plan, hasNone } = await holdPreviews(made, session, wanted, io);
  // The previews of other variants are left out, and why a named one has none was printed.
  const names = hasPreviews(plan) ? [] : variants;
  const results = hasNone ? [] : await publishPlanned(plan, names, session, options, io);
  if (results.length === 0 && !hasNone && !options.quiet) {
    io.err("nothing to publish: no variant in the config has a publish target\n");
  }
  await showPublished(results, options, io);
  const published = results.map(publishResultJson);
  await showRunResult({ published, warnings }, options, io);
  return runExitCode(publishErrors(results));
}

function warningsOf(plan: Plan, names: readonly string[]): readonly string[] {
  const named = plan.variants.filter(({ name }) => names.includes(name));
  return warningsAbout(
    plan,
    named.flatMap(({ legs }) => legs),
  );
}

/** Publishes variants of a plan; all of them if none is named. Throws if Ctrl-C stopped it. */
export async function publishPlanned(
  plan: Plan,
  variants: readonly string[],
  session: Session,
  options: PublishingOptions,
  io: Io,
): Promise<readonly PublishResult[]> {
  const results = await publishVariants(plan, {
    ...publishSettings(session, options, io),
    variants,
    dryRun: options.dryRun === true,
  });
  if (io.signal.aborted) throw stoppedPublishing(io.signal, results);
  return results;
}

/** How a run publishes, or finds out what it would publish. */
export function publishSettings(
  { client, config }: Session,
  options: PublishingOptions,
  io: Io,
): Omit<PublishOptions, "variants" | "dryRun"> {
  const git: GitOptions = {
    ...gitAt(config.root, io),
    note: (message) => warn(io, message),
  };
  return {
    client,
    signal: io.signal,
    rollback: options.rollback === true,
    ancestry: (a, b) => isAncestor(git, a, b),
    onEvent: (event) => {
      if (event.kind === "again" && !options.quiet) io.err(`${event.variant} | ${event.reason}\n`);
    },
  };
}

function stoppedPublishing(signal: AbortSignal, results: readonly PublishResult[]): Error {
  const why = signal.reason instanceof Error ? signal.reason.message : "interrupted";
  const done = results.filter(({ error }) => error === undefined).map(({ variant }) => variant);
  const outcome =
    done.length === 0 ? "no image was fully published" : `published: ${done.join(", ")}`;
  return new Error(
    `${why}: ${outcome}. Every tag points to a complete image. Run the same command again to continue`,
  );
}

/**
 * Prints the table of tags, and warnings and failures on stderr. In CI, writes the run's summary and
 * annotates the failures.
 */
export async function showPublished(
  results: readonly PublishResult[],
  { json, dryRun }: PublishingOptions,
  io: Io,
): Promise<void> {
  for (const warning of publishWarnings(results)) warn(io, warning);
  for (const failure of publishFailures(results)) {
    io.err(`${failure}\n`);
    annotate("error", failure, io);
  }
  if (results.length === 0) return;
  await writeSummary(renderPublishSummary(results, dryRun === true), io);
  if (json) return;
  if (dryRun === true) {
    io.out(`${renderForecast(forecastOf(results), "nothing was published (--dry-run)")}\n`);
  } else io.out(`${renderPublished(results)}${summarisePublished(results)}\n`);
}

/** Why variants were not published. */
export function publishErrors(results: readonly PublishResult[]): readonly Error[] {
  return results.flatMap(({ error }) => (error === undefined ? [] : [error]));
}

/** A result as `--json` prints it: of an error, the message. */
export function publishResultJson({ error, digest, ...rest }: PublishResult): unknown {
  return { ...rest, digest: digest ?? null, error: error?.message ?? null };
}
