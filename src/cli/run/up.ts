import type { LegResult } from "../../pipeline/build/build-leg.ts";
import { forecastTags } from "../../pipeline/publish/forecast.ts";
import type { Plan, PlannedLeg } from "../../plan/plan.ts";
import { hasPreviews, withPreviewTargets } from "../../plan/caches/previews.ts";
import { ChangedInputsError } from "../../plan/recheck.ts";
import { warningsAbout } from "../../report/plan/warnings-about.ts";
import { legResultJson } from "../../report/build/leg-result-json.ts";
import { type BuildingOptions, buildPlannedLegs } from "./build/build-run.ts";
import { idsOf, legErrors, showLegResults } from "./build/show-leg-results.ts";
import { choosePlanned, whyNothing } from "./plan/choose-planned.ts";
import { refuseAssumed } from "./assume-run.ts";
import { interrupted } from "./build/interrupted.ts";
import type { Io } from "../io.ts";
import { loadBuilt, refuseToLoad, stagedLegs } from "./load/load-built.ts";
import { printRunLine, runnableOf } from "./load/run-line.ts";
import type { Engine, Probes } from "./probes.ts";
import { havingTargets, publishedBy } from "./publish/choose-published.ts";
import { publishMended } from "./publish/publish-mended.ts";
import type { PublishingOptions } from "./publish/publish-options.ts";
import { publishExitCode, publishResultJson } from "./publish/show-published.ts";
import { publishSettings } from "./publish/publish-run.ts";
import { holdPreviews, type PreviewedPlan } from "./plan/previews.ts";
import { makeRunPlan } from "./plan/run-plan.ts";
import { thisMachine } from "./this-machine.ts";
import { openSession, type Session } from "./session.ts";
import type { PlannedRun } from "../watch/watch-runs.ts";
import { showPlan } from "../show/show-plan.ts";
import { showRunResult } from "../show/show-run-result.ts";

interface UpOptions extends BuildingOptions, PublishingOptions {
  /** Stages in the embedded registry. */
  readonly local?: boolean;
  /** Loads the images into Docker. */
  readonly load?: boolean;
}

/** What was started before this file was loaded. */
interface Started {
  readonly probes: Probes;
  readonly engine: Promise<Engine>;
  /** Called with each plan. */
  readonly onPlan?: (planned: PlannedRun) => void;
}

/** Plans, builds and publishes on this machine what names and flags select. */
export async function runUp(
  names: readonly string[],
  { probes, engine, onPlan }: Started,
  options: UpOptions,
  io: Io,
): Promise<number> {
  refuseAssumed(options);
  await using session = await openSession(probes, options, io, {
    command: "up",
    access: options.dryRun === true ? "read" : "write",
    isLocal: options.local,
    inCi: options.as === undefined,
  });
  if (options.load === true) refuseToLoad(session);
  const planNow = async (): Promise<PreviewedPlan> =>
    holdPreviews(await makeRunPlan(session, options, io), session, options, io);
  const chooseNow = async (): Promise<Chosen> => {
    const { plan, hasNone } = await planNow();
    const { legs } = await choosePlanned(plan, names, options, session, io);
    onPlan?.({ plan, legs, session });
    return { plan, hasNone, legs };
  };
  if (options.dryRun === true) {
    const { plan, legs } = await chooseNow();
    const tags = await forecastTags(plan, publishedBy(plan, legs), {
      ...publishSettings(session, options, io),
      onEvent: () => undefined,
    });
    showPlan({ ...plan, legs }, { json: options.json, as: options.as }, io, { tags });
    return 0;
  }
  const {
    plan,
    hasNone,
    legs: chosen,
    results: built,
  } = await buildAsPlanned(chooseNow, session, engine, options, io);
  if (io.signal.aborted) throw interrupted(io.signal, chosen, built);
  const nothing = whyNothing(chosen, options);
  if (nothing === undefined) await showLegResults(built, plan, options, io);
  else if (!options.quiet) io.err(`${nothing}\n`);
  const run = { plan, hasNone, chosen, results: built, session, engine };
  const { published, results } = await publishStaged(run, options, io);
  const legs = results.map(legResultJson);
  const images = published.map(publishResultJson);
  const warnings = warningsAbout(plan, idsOf(results));
  const staged = stagedLegs(plan, results);
  const loading =
    options.load === true ? await loadBuilt(plan, staged, session, options, io) : undefined;
  const loaded = loading && {
    loaded: loading.images,
    loadError: loading.error?.message ?? null,
  };
  await showRunResult({ legs, published: images, ...loaded, warnings }, options, io);
  if (!options.json && session.home.registry !== undefined) {
    printRunLine(
      loading?.images[0]?.names[0] ?? runnableOf(published, staged, thisMachine()),
      options,
      io,
    );
  }
  const errors = [...legErrors(results), ...(loading?.error === undefined ? [] : [loading.error])];
  if (!options.quiet && stagesNothingHere(plan, results)) io.err(`${noImageHint}\n`);
  return publishExitCode(errors, published, options);
}

const noImageHint =
  "hint: pass --local to get images that you can run, in this machine's registry, or --write to write to the registries of the config";

/** Whether a run outside CI has only checked that legs build, so that it leaves no image. */
function stagesNothingHere({ trust }: Plan, results: readonly LegResult[]): boolean {
  const isChecked = results.some(({ outcome }) => outcome === "checked");
  return isChecked && trust.level === "local" && !trust.writesLegs;
}

/** A plan, and which of its legs are built. */
interface Chosen extends PreviewedPlan {
  readonly legs: readonly PlannedLeg[];
}

/** The most times to plan: if files keep changing, the user has to leave them alone. */
const mostPlans = 3;

/** Builds the plan. If files change during a build, plans and builds again. */
async function buildAsPlanned(
  chooseNow: () => Promise<Chosen>,
  session: Session,
  engine: Promise<Engine>,
  options: UpOptions,
  io: Io,
): Promise<Chosen & { readonly results: readonly LegResult[] }> {
  for (let round = 1; ; round++) {
    const chosen = await chooseNow();
    const { plan, legs } = chosen;
    const results = await buildPlannedLegs(plan, legs, session, engine, options, io);
    const changed = legErrors(results).filter((error) => error instanceof ChangedInputsError);
    if (changed.length === 0 || round === mostPlans || io.signal.aborted)
      return { ...chosen, results };
    if (options.quiet) continue;
    for (const { message } of changed) io.err(`${message}; planning again\n`);
  }
}

/** Publishes the variants whose legs are all staged, and prints which are not published. */
async function publishStaged(
  run: Parameters<typeof publishMended>[0] & {
    readonly chosen: readonly PlannedLeg[];
    readonly hasNone: boolean;
  },
  options: UpOptions,
  io: Io,
): ReturnType<typeof publishMended> {
  const { chosen, results, hasNone } = run;
  const plan = withPreviewTargets(run.plan);
  const nothing = { published: [], results };
  const wanted = havingTargets(plan, chosen);
  if (wanted.length === 0) return nothing;
  if (!plan.trust.publishes && !hasPreviews(plan)) {
    if (!options.quiet && !hasNone) io.err(`nothing was published: ${plan.trust.reason}\n`);
    return nothing;
  }
  const failed = new Set(
    results.filter(({ outcome }) => outcome === "failed").map(({ leg }) => leg),
  );
  const tried = new Set(results.map(({ leg }) => leg));
  const unbuilt = new Set(
    plan.legs.filter(({ id, action }) => action !== "reuse" && !tried.has(id)).map(({ id }) => id),
  );
  const whole = wanted.filter(
    ({ legs }) => !legs.some((leg) => failed.has(leg) || unbuilt.has(leg)),
  );
  for (const { name, legs } of wanted) {
    const missing = legs.filter((leg) => failed.has(leg));
    const left = legs.filter((leg) => unbuilt.has(leg));
    if (missing.length > 0) io.err(`${name} was not published: ${missing.join(", ")} failed\n`);
    else if (left.length > 0) {
      io.err(`${name} was not published: this run did not build ${left.join(", ")}\n`);
    }
  }
  if (whole.length === 0) return nothing;
  const names = whole.map(({ name }) => name);
  return publishMended(run, names, options, io);
}
