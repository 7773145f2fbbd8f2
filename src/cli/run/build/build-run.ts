import { createBuildDisplay } from "../../../report/build/display/build-display.ts";
import { legResultJson } from "../../../report/build/leg-result-json.ts";
import { warningsAbout } from "../../../report/plan/warnings-about.ts";
import { UsageError } from "../../../errors.ts";
import type { LegResult } from "../../../pipeline/build/build-leg.ts";
import { buildLegs } from "../../../pipeline/build/build-legs.ts";
import { createContextServices } from "../../../pipeline/resolve/context-services.ts";
import { exec } from "../../../exec.ts";
import { preflight } from "../../../pipeline/build/preflight.ts";
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
import { readPastBuilds } from "./past-builds.ts";
import { idsOf, legErrors, showLegResults } from "./show-leg-results.ts";
import { readLastBuilders, writeLastBuilders } from "./last-builders.ts";
import { holdPreviews } from "../plan/previews.ts";
import { builderOfEnvironment, type Engine, type Probes } from "../probes.ts";
import { choosePlanned, type SelectingOptions, whyNothing } from "../plan/choose-planned.ts";
import { namesOf, type PlanningOptions, readOrMakePlan } from "../plan/run-plan.ts";
import { openSession, type Session } from "../session.ts";

export type BuildingOptions = PlanningOptions &
  QuietOptions &
  SelectingOptions &
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
  const wanted = names.length > 0 ? names : forced;
  const { legs } = await choosePlanned(plan, wanted, options, session, io);
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
  const nothing = whyNothing(legs, options);
  if (nothing !== undefined && !options.quiet) io.err(`${nothing}\n`);
  if (nothing === undefined && !io.signal.aborted) {
    await showLegResults(results, plan, options, io);
  }
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
  const { config, client, credentials } = session;
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
  const isOrdered = hasOrder(toBuild);
  const wanted = {
    building: isOrdered || io.progress === "tty",
    reused: !options.json,
  };
  const past = readPastBuilds(legs, wanted, client, signal);
  const display = createBuildDisplay({
    mode: io.progress,
    write: io.err,
    draw: io.draw,
    terminal: io.terminal,
    now: () => io.now().getTime(),
    legs,
    expected: () => ({ seconds: past.known(), jobs: options.jobs }),
    signal,
  });
  try {
    const results = await buildLegs(plan, legs, {
      client,
      buildx: ready?.buildx ?? buildx,
      root: config.root,
      env: io.env,
      credentials,
      check: inputCheck(plan, session, io),
      buildersOf: ready?.buildersOf ?? buildersOf,
      lastBuilders,
      seconds: isOrdered ? await past.whenKnown : undefined,
      jobs: options.jobs,
      now: io.now,
      signal,
      keepLogs: config.logs,
      writeLocalRecord: localRecordWriter(io),
      onEvent: display.onEvent,
    });
    if (isShared) await writeLastBuilders(io, config.root, lastBuilders, results);
    annotateLegs(results, plan, config.root, io);
    return signal.aborted ? results : await past.withSaved(results);
  } finally {
    display.close();
  }
}

/** Whether the order in which legs are built depends on how long they take. */
function hasOrder(legs: readonly PlannedLeg[]): boolean {
  const building = new Set(legs.map(({ id }) => id));
  return legs.some(({ parents }) => parents.some(({ leg }) => building.has(leg)));
}

/** Compares the files on disk with a plan; files that were read for the plan are not read again. */
function inputCheck(plan: Plan, { config, memory }: Session, io: Io): InputCheck {
  const { env, signal } = io;
  const { trust } = plan;
  // Warnings about what could not be read or run were printed when the plan was made.
  const { services } = createContextServices(config, plan.context, { trust, exec, env, signal });
  return createInputCheck(plan, { ...services, root: config.root, memory });
}

function refuseUnstaged(plan: Plan): void {
  if (plan.cacheRepository !== null || plan.trust.level === "untrusted") return;
  throw new UsageError("cannot stage the built images: the config has no cache repository", {
    hint: "set cache: to a repository such as ghcr.io/acme/app-cache",
  });
}
