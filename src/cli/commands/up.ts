import { harmlessJson } from "../../harmless.ts";
import type { LegResult } from "../../pipeline/build-leg.ts";
import type { PublishResult } from "../../pipeline/publish.ts";
import type { Plan } from "../../plan/plan.ts";
import {
  type BuildingOptions,
  buildPlannedLegs,
  legErrors,
  legResultJson,
  tellLegResults,
} from "../build-run.ts";
import { openEmbeddedRegistry } from "../embedded-registry.ts";
import { runExitCode } from "../exit-code.ts";
import { interrupted } from "../interrupted.ts";
import type { Io } from "../io.ts";
import type { Engine, Probes } from "../probes.ts";
import {
  type PublishingOptions,
  publishErrors,
  publishPlanned,
  publishResultJson,
  tellPublished,
} from "../publish-run.ts";
import { makeRunPlan } from "../run-plan.ts";
import { openSession, type Session } from "../session.ts";
import { showPlan } from "../show-plan.ts";

export interface UpOptions extends BuildingOptions, PublishingOptions {
  readonly local?: boolean;
  readonly dryRun?: boolean;
}

/** Plans, builds and publishes on this machine. */
export async function runUp(
  options: UpOptions,
  probes: Probes,
  engine: Promise<Engine>,
  io: Io,
): Promise<number> {
  await using session = await openSession(probes, options, io);
  await using embedded = await openEmbeddedRegistry(session, options.local === true, io);
  const made = await makeRunPlan(session, options, io, embedded?.repository);
  const plan = options.write === true ? made : (embedded?.keepHere(made) ?? made);
  if (options.dryRun === true) {
    showPlan(plan, { json: options.json }, io);
    return 0;
  }
  const results = await buildPlannedLegs(plan, plan.legs, session, engine, options, io);
  await tellLegResults(results, plan, options, io);
  if (io.signal.aborted) throw interrupted(io.signal, plan.legs, results);
  const published = await publishStaged(plan, results, session, options, io);
  if (options.json) {
    const legs = results.map(legResultJson);
    const images = published.map(publishResultJson);
    io.out(`${harmlessJson({ legs, published: images }, 2)}\n`);
  }
  return runExitCode([...legErrors(results), ...publishErrors(published)]);
}

/** Publishes the variants whose legs all stand, and says which do not. */
async function publishStaged(
  plan: Plan,
  results: readonly LegResult[],
  session: Session,
  options: UpOptions,
  io: Io,
): Promise<readonly PublishResult[]> {
  const wanted = plan.variants.filter(({ targets }) => targets.length > 0);
  if (wanted.length === 0) return [];
  if (!plan.trust.publishes) {
    if (!options.quiet) io.err(`nothing is published: ${plan.trust.reason}\n`);
    return [];
  }
  const failed = new Set(
    results.filter(({ outcome }) => outcome === "failed").map(({ leg }) => leg),
  );
  const whole = wanted.filter(({ legs }) => !legs.some((leg) => failed.has(leg)));
  for (const { name, legs } of wanted) {
    const missing = legs.filter((leg) => failed.has(leg));
    if (missing.length > 0) io.err(`${name} is not published: ${missing.join(", ")} failed\n`);
  }
  if (whole.length === 0) return [];
  const names = whole.map(({ name }) => name);
  const published = await publishPlanned(plan, names, session, options, io);
  tellPublished(published, options, io);
  return published;
}
