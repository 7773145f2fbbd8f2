import type { BuildDisplay } from "../../../report/build/build-display.ts";
import { createBuildDisplay } from "../../../report/build/build-display.ts";
import {
  coldLines,
  legWarnings,
  renderLegResults,
  summariseLegs,
} from "../../../report/build/build-report.ts";
import {
  renderDockerfileWarning,
  warningsOfLegs,
} from "../../../report/build/dockerfile-warnings.ts";
import { renderBuildSummary } from "../../../report/summary/build-summary.ts";
import { groupWarnings } from "../../../report/group-warnings.ts";
import { warningsAbout } from "../../../report/warnings-about.ts";
import { UsageError } from "../../../errors.ts";
import type { LegResult } from "../../../pipeline/build/build-leg.ts";
import { buildLegs, chooseLegs } from "../../../pipeline/build/build-legs.ts";
import { createContextServices } from "../../../pipeline/resolve/context-services.ts";
import { exec } from "../../../exec.ts";
import { readDurations } from "../../../pipeline/records/leg-durations.ts";
import { preflight } from "../../../pipeline/build/preflight.ts";
import { medianOf } from "../../../plan/matrix/timed-legs.ts";
import type { Plan, PlannedLeg } from "../../../plan/plan.ts";
import { createInputCheck, type InputCheck, refuseChangedInputs } from "../../../plan/recheck.ts";
import { localRecordWriter } from "../../caches/local-records.ts";
import { type Io, type QuietOptions, warn } from "../../io.ts";
import type { building } from "../../program/flag-groups.ts";
import type { OptionsOf } from "../../program/flags.ts";
import { warnOfFailures } from "../../show/show-failures.ts";
import { showPlan } from "../../show/show-plan.ts";
import { type ResultOptions, showRunResult } from "../../show/show-run-result.ts";
import { annotateLegs } from "./annotate-legs.ts";
import { runExitCode } from "../exit-code.ts";
import { refuseAssumed } from "../assume-run.ts";
import { interrupted } from "./interrupted.ts";
import { readLastBuilders, writeLastBuilders } from "./last-builders.ts";
import { holdPreviews } from "../plan/previews.ts";
import { builderOfEnvironment, type Engine, type Probes } from "../probes.ts";
import { namesOf, type PlanningOptions, readOrMakePlan } from "../plan/run-plan.ts";
import { openSession, type Session } from "../session.ts";
import { writeSummary } from "../step-summary.ts";

export type BuildingOptions = PlanningOptions &
  QuietOptions &
  OptionsOf<typeof building> &
  ResultOptions;

/** Builds the legs that are named; all of them if none is. */
export async function buildChosen(
  names: readonly string[],
  { probes, engine }: { readonly probes: Probes; readonly engine: Promise<Engine> },
  options: BuildingOptions,
  io: Io,
): Promise<number> {
  refuseAssumed(options);
  const access = options.dryRun === true ? "read" : "write";
  await using session = await openSession(probes, options, io, { command: "build", access });
  const made = await readOrMakePlan(session, options, io);
  const { plan } = await holdPreviews(made, session, options, io);
  // `build --force server` builds only that variant.
  const forced = [...namesOf(options.force), ...namesOf(options.cold)];
  const legs = chooseLegs(plan, names.length > 0 ? names : forced);
  if (options.dryRun === true) {
    const warnings = warningsAbout(
      plan,
      legs.map(({ id }) => id),
    );
    showPlan({ ...plan, legs, warnings }, { json: options.json, as: options.as }, io);
    return 0;
  }
  if (options.plan !== undefined) await refuseChangedInputs(legs, inputCheck(plan, session, io));
  const results = await buildPlannedLegs(plan, legs, session, engine, options, io);
  await showLegResults(results, plan, options, io);
  const result = {
    legs: results.map(legResultJson),
    warnings: warningsAbout(plan, idsOf(results)),
  };
  await showRunResult(result, options, io);
  if (io.signal.aborted) throw interrupted(io.signal, legs, results);
  return runExitCode(legErrors(results));
}

/**
 * Builds legs of a plan with progress on stderr. Legs that are staged are checked again, and not
 * built.
 */
export async function buildPlannedLegs(
  plan: Plan,
  legs: readonly PlannedLeg[],
  session: Session,
  engine: Promise<Engine>,
  options: BuildingOptions,
  io: Io,
): Promise<readonly LegResult[]> {
  refuseUnstaged(plan);
  const { config, client } = session;
  const { buildx, inspector } = await engine;
  const buildersOf = (leg: PlannedLeg): readonly string[] => {
    if (options.builder !== undefined) return [options.builder];
    const own = builderOfEnvironment(io);
    return leg.builders.length > 0 || own === undefined ? leg.builders : [own];
  };
  const toBuild = legs.filter((leg) => leg.action === "build");
  warnOfFailures(plan, toBuild, config.root, io);
  const { signal } = io;
  await using ready =
    toBuild.length === 0
      ? undefined
      : await preflight(plan, toBuild, { buildx, inspector, client, buildersOf, signal });
  for (const text of ready?.warnings ?? []) warn(io, text);
  const isShared = toBuild.some((leg) => buildersOf(leg).length > 1);
  const lastBuilders = isShared
    ? await readLastBuilders(io, config.root)
    : new Map<string, string>();
  const display = displayFor(options, io);
  try {
    const results = await buildLegs(plan, legs, {
      client,
      buildx: ready?.buildx ?? buildx,
      root: config.root,
      env: io.env,
      check: inputCheck(plan, session, io),
      buildersOf: ready?.buildersOf ?? buildersOf,
      lastBuilders,
      seconds: await secondsOf(toBuild, client, signal),
      jobs: options.jobs,
      now: io.now,
      signal,
      keepLogs: config.logs,
      writeLocalRecord: localRecordWriter(io),
      onEvent: display.onEvent,
    });
    if (isShared) await writeLastBuilders(io, config.root, lastBuilders, results);
    annotateLegs(results, plan, config.root, io);
    return results;
  } finally {
    display.close();
  }
}

/** How long legs took the last time; not read if their order does not matter. */
async function secondsOf(
  legs: readonly PlannedLeg[],
  client: Session["client"],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number> | undefined> {
  const building = new Set(legs.map(({ id }) => id));
  const hasParents = legs.some(({ parents }) => parents.some(({ leg }) => building.has(leg)));
  if (!hasParents) return undefined;
  const known = await readDurations(client, legs, signal);
  const median = medianOf([...known.values()]);
  return new Map(legs.map(({ id }) => [id, known.get(id) ?? median]));
}

/** Compares the files on disk with a plan; files that were read for the plan are not read again. */
function inputCheck(plan: Plan, { config, memory }: Session, io: Io): InputCheck {
  const { env, signal } = io;
  const { trust } = plan;
  // Warnings about what could not be read or run were printed when the plan was made.
  const { services } = createContextServices(config, plan.context, { trust, exec, env, signal });
  return createInputCheck(plan, { ...services, root: config.root, memory });
}

/** Prints the table and the warnings and, in CI, writes the run's summary. */
export async function showLegResults(
  results: readonly LegResult[],
  plan: Plan,
  options: BuildingOptions,
  io: Io,
): Promise<void> {
  const lint = warningsOfLegs(results).map(renderDockerfileWarning);
  const warnings = groupWarnings(
    [...warningsAbout(plan, idsOf(results)), ...legWarnings(results)],
    plan,
  );
  for (const warning of [...warnings, ...lint]) warn(io, warning);
  if (!options.json) {
    const cold = coldLines(results).map((line) => `${line}\n`);
    io.out(`${renderLegResults(results)}\n\n${cold.join("")}${summariseLegs(results)}\n`);
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

/** A result as `--json` prints it: of an error, the message. */
export function legResultJson(result: LegResult): unknown {
  if (result.outcome !== "failed") return result;
  const { error, ...rest } = result;
  return { ...rest, error: error.message };
}

function refuseUnstaged(plan: Plan): void {
  if (plan.cacheRepository !== null || plan.trust.level === "untrusted") return;
  throw new UsageError("cannot stage the built images: the config has no cache repository", {
    hint: "set cache: to a repository such as ghcr.io/acme/app-cache",
  });
}

function displayFor({ quiet }: BuildingOptions, io: Io): BuildDisplay {
  return createBuildDisplay({
    write: io.err,
    draw: io.draw,
    columns: io.columns,
    now: () => io.now().getTime(),
    quiet,
  });
}
