import { harmlessJson } from "../../harmless.ts";
import { chooseLegs } from "../../pipeline/build/build-legs.ts";
import type { LegResult } from "../../pipeline/build/build-leg.ts";
import type { Plan } from "../../plan/plan.ts";
import { ChangedInputsError } from "../../plan/recheck.ts";
import {
  type BuildingOptions,
  buildPlannedLegs,
  legErrors,
  legResultJson,
  showLegResults,
} from "./build-run.ts";
import { openEmbeddedRegistry } from "../registry/embedded-registry.ts";
import { runExitCode } from "./exit-code.ts";
import { interrupted } from "./interrupted.ts";
import type { Io } from "../io.ts";
import type { Engine, Probes } from "./probes.ts";
import { publishMended } from "./publish-mended.ts";
import { type PublishingOptions, publishErrors, publishResultJson } from "./publish-run.ts";
import { makeRunPlan } from "./run-plan.ts";
import { openSession, type Session } from "./session.ts";
import { showPlan } from "../show/show-plan.ts";

type UpOptions = BuildingOptions & PublishingOptions;

/** What was started before this file was loaded. */
interface Started {
  readonly probes: Probes;
  readonly engine: Promise<Engine>;
}

/** Plans, builds and publishes on this machine; with `isLocal`, stages in the embedded registry. */
export async function runUp(
  isLocal: boolean,
  { probes, engine }: Started,
  options: UpOptions,
  io: Io,
): Promise<number> {
  await using session = await openSession(probes, options, io);
  await using embedded = await openEmbeddedRegistry(session, isLocal, io);
  const planNow = async (): Promise<Plan> => {
    const made = await makeRunPlan(session, options, io, embedded?.repository);
    return options.write === true ? made : (embedded?.keepHere(made) ?? made);
  };
  if (options.dryRun === true) {
    showPlan(await planNow(), { json: options.json }, io);
    return 0;
  }
  const { plan, results: built } = await buildAsPlanned(planNow, session, engine, options, io);
  await showLegResults(built, plan, options, io);
  if (io.signal.aborted) throw interrupted(io.signal, plan.legs, built);
  const run = { plan, results: built, session, engine };
  const { published, results } = await publishStaged(run, options, io);
  if (options.json) {
    const legs = results.map(legResultJson);
    const images = published.map(publishResultJson);
    io.out(`${harmlessJson({ legs, published: images }, 2)}\n`);
  }
  return runExitCode([...legErrors(results), ...publishErrors(published)]);
}

/** The most times to plan: if files keep changing, the user has to leave them alone. */
const mostPlans = 3;

/** Builds the plan. If files change during a build, plans and builds again. */
async function buildAsPlanned(
  planNow: () => Promise<Plan>,
  session: Session,
  engine: Promise<Engine>,
  options: UpOptions,
  io: Io,
): Promise<{ readonly plan: Plan; readonly results: readonly LegResult[] }> {
  for (let round = 1; ; round++) {
    const plan = await planNow();
    const results = await buildPlannedLegs(
      plan,
      chooseLegs(plan, []),
      session,
      engine,
      options,
      io,
    );
    const changed = legErrors(results).filter((error) => error instanceof ChangedInputsError);
    if (changed.length === 0 || round === mostPlans || io.signal.aborted) return { plan, results };
    if (options.quiet) continue;
    for (const { message } of changed) io.err(`${message}; planning again\n`);
  }
}

/** Publishes the variants whose legs are all staged, and prints which are not published. */
async function publishStaged(
  run: Parameters<typeof publishMended>[0],
  options: UpOptions,
  io: Io,
): ReturnType<typeof publishMended> {
  const { plan, results } = run;
  const nothing = { published: [], results };
  const wanted = plan.variants.filter(({ targets }) => targets.length > 0);
  if (wanted.length === 0) return nothing;
  if (!plan.trust.publishes) {
    if (!options.quiet) io.err(`nothing is published: ${plan.trust.reason}\n`);
    return nothing;
  }
  const failed = new Set(
    results.filter(({ outcome }) => outcome === "failed").map(({ leg }) => leg),
  );
  const skipped = new Set(plan.legs.filter(({ action }) => action === "skip").map(({ id }) => id));
  const whole = wanted.filter(
    ({ legs }) => !legs.some((leg) => failed.has(leg) || skipped.has(leg)),
  );
  for (const { name, legs } of wanted) {
    const missing = legs.filter((leg) => failed.has(leg));
    if (missing.length > 0) io.err(`${name} is not published: ${missing.join(", ")} failed\n`);
  }
  if (whole.length === 0) return nothing;
  const names = whole.map(({ name }) => name);
  return publishMended(run, names, options, io);
}
