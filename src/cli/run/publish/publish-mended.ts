import type { LegResult } from "../../../pipeline/build/build-leg.ts";
import type { PublishResult } from "../../../pipeline/publish/publish-variants.ts";
import { publishMending } from "../../../pipeline/publish/publish-mending.ts";
import type { Plan } from "../../../plan/plan.ts";
import { type BuildingOptions, buildPlannedLegs } from "../build/build-run.ts";
import { showLegResults } from "../build/show-leg-results.ts";
import { interrupted } from "../build/interrupted.ts";
import { type Io, warn } from "../../io.ts";
import type { Engine } from "../probes.ts";
import type { PublishingOptions } from "./publish-options.ts";
import { publishPlanned } from "./publish-run.ts";
import { showPublished } from "./show-published.ts";
import type { Session } from "../session.ts";

interface BuiltRun {
  readonly plan: Plan;
  /** Results of the legs to build. */
  readonly results: readonly LegResult[];
  readonly session: Session;
  readonly engine: Promise<Engine>;
}

/**
 * Publishes variants and prints the result. Staged legs that turn out to be incomplete are built
 * again on the way, and printed; `results` contains their new results.
 */
export async function publishMended(
  { plan, results, session, engine }: BuiltRun,
  variants: readonly string[],
  options: BuildingOptions & PublishingOptions,
  io: Io,
): Promise<{
  readonly published: readonly PublishResult[];
  readonly results: readonly LegResult[];
}> {
  const { published, rebuilt } = await publishMending(plan, variants, {
    publish: (names) => publishPlanned(plan, names, session, options, io),
    build: async (legs) => {
      const again = await buildPlannedLegs(plan, legs, session, engine, options, io);
      if (io.signal.aborted) throw interrupted(io.signal, legs, again);
      return again;
    },
    say: (line) => warn(io, line),
  });
  if (rebuilt.length > 0) await showLegResults(rebuilt, { ...plan, warnings: [] }, options, io);
  await showPublished(published, options, io);
  const last = new Map(rebuilt.map((result) => [result.leg, result]));
  return { published, results: results.map((result) => last.get(result.leg) ?? result) };
}
