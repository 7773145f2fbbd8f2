import { harmlessJson } from "../../harmless.ts";
import { runExitCode } from "../run/exit-code.ts";
import { type Io, warn } from "../io.ts";
import type { Probes } from "../run/probes.ts";
import {
  type PublishingOptions,
  publishErrors,
  publishPlanned,
  publishResultJson,
  tellPublished,
} from "../run/publish-run.ts";
import { type PlanningOptions, readOrMakePlan } from "../run/run-plan.ts";
import { openSession } from "../run/session.ts";

/** Publishes staged legs. */
export async function runPublish(
  variants: readonly string[],
  options: PlanningOptions & PublishingOptions,
  probes: Probes,
  io: Io,
): Promise<number> {
  await using session = await openSession(probes, options, io);
  const plan = await readOrMakePlan(session, options, io);
  for (const warning of plan.warnings) warn(io, warning);
  const results = await publishPlanned(plan, variants, session, options, io);
  tellPublished(results, options, io);
  if (options.json) {
    io.out(`${harmlessJson({ published: results.map(publishResultJson) }, 2)}\n`);
  }
  return runExitCode(publishErrors(results));
}
