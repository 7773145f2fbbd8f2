import { buildPlannedLegs, legResultJson, openEngine, tellLegResults } from "../build-run.ts";
import { openEmbeddedRegistry } from "../embedded-registry.ts";
import { interrupted } from "../interrupted.ts";
import type { Io } from "../io.ts";
import { publishPlanned, tellPublished } from "../publish-run.ts";
import type { UpOptions } from "../publish-run.ts";
import { makeRunPlan } from "../run-plan.ts";
import { openSession } from "../session.ts";
import { renderPlan } from "../../report/plan-report.ts";

/** Plan, build and publish on this machine. */
export async function runUp(options: UpOptions, io: Io): Promise<number> {
  const engine = openEngine(options, io);
  const session = await openSession(options, io);
  await using _client = session.client;
  await using embedded = await openEmbeddedRegistry(session, options.local === true, io);
  const made = await makeRunPlan(session, options, io, embedded?.repository);
  const plan = options.write === true || embedded === undefined ? made : embedded.keepHere(made);
  if (options.dryRun === true) {
    io.out(
      options.json
        ? `${JSON.stringify(plan, null, 2)}\n`
        : `${renderPlan(plan, { explain: false })}\n`,
    );
    return 0;
  }
  const results = await buildPlannedLegs(plan, plan.legs, session, engine, options, io);
  await tellLegResults(results, plan, options, io);
  if (io.signal.aborted) throw interrupted(io.signal, plan.legs, results);
  const staged = new Set(
    results.filter(({ outcome }) => outcome !== "failed").map(({ leg }) => leg),
  );
  const published = await publishPlanned(plan, session, options, io, staged);
  tellPublished(published, options, io);
  if (options.json) {
    const legs = results.map(legResultJson);
    io.out(`${JSON.stringify({ legs, published }, null, 2)}\n`);
  }
  const failed =
    staged.size < plan.legs.length || published.some((result) => result.error !== undefined);
  return failed ? 1 : 0;
}
