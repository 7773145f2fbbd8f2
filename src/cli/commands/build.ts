import { harmlessJson } from "../../harmless.ts";
import { chooseLegs } from "../../pipeline/build/build-legs.ts";
import { refuseChangedInputs } from "../../plan/recheck.ts";
import {
  type BuildingOptions,
  buildPlannedLegs,
  inputCheck,
  legErrors,
  legResultJson,
  tellLegResults,
} from "../run/build-run.ts";
import { runExitCode } from "../run/exit-code.ts";
import { interrupted } from "../run/interrupted.ts";
import type { Io } from "../io.ts";
import type { Engine, Probes } from "../run/probes.ts";
import { namesOf, readOrMakePlan } from "../run/run-plan.ts";
import { openSession } from "../run/session.ts";
import { showPlan } from "../show/show-plan.ts";

export async function runBuild(
  names: readonly string[],
  options: BuildingOptions,
  probes: Probes,
  engine: Promise<Engine>,
  io: Io,
): Promise<number> {
  await using session = await openSession(probes, options, io);
  const plan = await readOrMakePlan(session, options, io);
  const legs = chooseLegs(plan, names.length > 0 ? names : forcedNames(options));
  if (options.dryRun === true) {
    showPlan({ ...plan, legs }, { json: options.json }, io);
    return 0;
  }
  if (options.plan !== undefined) {
    await refuseChangedInputs(legs, inputCheck(plan, session, io));
  }
  const results = await buildPlannedLegs(plan, legs, session, engine, options, io);
  await tellLegResults(results, plan, options, io);
  if (options.json) io.out(`${harmlessJson({ legs: results.map(legResultJson) }, 2)}\n`);
  if (io.signal.aborted) throw interrupted(io.signal, legs, results);
  return runExitCode(legErrors(results));
}

/** `build --force server` means that leg alone. */
function forcedNames({ force, cold }: BuildingOptions): readonly string[] {
  return [...namesOf(force), ...namesOf(cold)];
}
