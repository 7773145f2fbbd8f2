import type { LegResult } from "../../pipeline/build/build-leg.ts";
import type { PublishResult } from "../../pipeline/publish/publish-variants.ts";
import { publishMending } from "../../pipeline/publish/publish-mending.ts";
import type { Plan } from "../../plan/plan.ts";
import { type BuildingOptions, buildPlannedLegs, tellLegResults } from "./build-run.ts";
import { interrupted } from "./interrupted.ts";
import { type Io, warn } from "../io.ts";
import type { Engine } from "./probes.ts";
import { type PublishingOptions, publishPlanned, tellPublished } from "./publish-run.ts";
import type { Session } from "./session.ts";

interface BuiltRun {
  readonly plan: Plan;
  /** Results of the legs that were to be built. */
  readonly results: readonly LegResult[];
  readonly session: Session;
  readonly engine: Promise<Engine>;
}

/**
 * Publishes variants and shows the result. Staged legs that turn out to lack a part are built
 * again on the way, and shown; `results` has what became of them.
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
  if (rebuilt.length > 0) await tellLegResults(rebuilt, { ...plan, warnings: [] }, options, io);
  tellPublished(published, options, io);
  const last = new Map(rebuilt.map((result) => [result.leg, result]));
  return { published, results: results.map((result) => last.get(result.leg) ?? result) };
}
