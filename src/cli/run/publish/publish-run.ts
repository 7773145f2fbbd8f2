import { type GitOptions } from "../../../git/run-git.ts";
import { isAncestor } from "../../../git/history/history.ts";
import {
  type PublishOptions,
  type PublishResult,
  publishVariants,
  variantsNamed,
} from "../../../pipeline/publish/publish-variants.ts";
import type { Plan } from "../../../plan/plan.ts";
import { withoutSkipped } from "../../../plan/select/leave-out.ts";
import { hasPreviews, withPreviewTargets } from "../../../plan/caches/previews.ts";
import { groupWarnings } from "../../../report/plan/group-warnings.ts";
import { createPublishDisplay } from "../../../report/publish/publish-display.ts";
import { warningsAbout } from "../../../report/plan/warnings-about.ts";
import { type Io, warn } from "../../io.ts";
import { refuseAssumed } from "../assume-run.ts";
import type { PublishingOptions } from "./publish-options.ts";
import { publishExitCode, publishResultJson, showPublished } from "./show-published.ts";
import { gitAt, type Probes } from "../probes.ts";
import { holdPreviews } from "../plan/previews.ts";
import { type PlanningOptions, readOrMakePlan } from "../plan/run-plan.ts";
import { openSession, type Session } from "../session.ts";
import { showRunResult } from "../../show/show-run-result.ts";

/** Publishes the staged legs of variants that names or globs select; of all if there are none. */
export async function publishStaged(
  selected: readonly string[],
  probes: Probes,
  options: PlanningOptions & PublishingOptions,
  io: Io,
): Promise<number> {
  refuseAssumed(options);
  const need = { command: "publish", access: "read" } as const;
  await using session = await openSession(probes, options, io, need);
  const whole = await readOrMakePlan(session, options, io);
  const named = variantsNamed(whole, selected);
  const isNarrowed = options.affected !== undefined;
  const made = isNarrowed ? withoutSkipped(whole, named) : whole;
  const variants = isNarrowed ? [] : named;
  const warnings = variants.length === 0 ? made.warnings : warningsOf(made, variants);
  for (const warning of groupWarnings(warnings, made)) warn(io, warning);
  const wanted = { ...options, mustServe: true, variants };
  const { plan, hasNone } = await holdPreviews(made, session, wanted, io);
  // The previews of other variants are left out, and why a named one has none was printed.
  const names = hasPreviews(plan) ? [] : variants;
  const results = hasNone ? [] : await publishPlanned(plan, names, session, options, io);
  if (results.length === 0 && !hasNone && !options.quiet) {
    const why = isNarrowed
      ? "no image with a publish target has all of its legs affected or staged"
      : "no variant in the config has a publish target";
    io.err(`nothing to publish: ${why}\n`);
  }
  await showPublished(results, options, io);
  const published = results.map(publishResultJson);
  await showRunResult({ published, warnings }, options, io);
  return publishExitCode([], results, options);
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
  const display = createPublishDisplay({
    mode: io.progress,
    write: io.err,
    draw: io.draw,
    terminal: io.terminal,
    now: () => io.now().getTime(),
    variants: variants.length > 0 ? variants.length : withTargets(plan),
    dryRun: options.dryRun === true,
    sentBytes: () => session.traffic.sentBytes,
  });
  const results = await publishVariants(plan, {
    ...publishSettings(session, options, io),
    variants,
    dryRun: options.dryRun === true,
    onEvent: display.onEvent,
  }).finally(display.close);
  if (io.signal.aborted) throw stoppedPublishing(io.signal, results);
  return results;
}

/** How a run publishes, or finds out what it would publish. */
export function publishSettings(
  { client, config }: Session,
  options: PublishingOptions,
  io: Io,
): Omit<PublishOptions, "variants" | "dryRun" | "onEvent"> {
  const git: GitOptions = {
    ...gitAt(config.root, io),
    note: (message) => warn(io, message),
  };
  return {
    client,
    signal: io.signal,
    rollback: options.rollback === true,
    ancestry: (a, b) => isAncestor(git, a, b),
  };
}

/** How many of the plan's variants are published. */
function withTargets(plan: Plan): number {
  return withPreviewTargets(plan).variants.filter(({ targets }) => targets.length > 0).length;
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
