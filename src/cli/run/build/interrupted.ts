import { count } from "../../../count.ts";
import type { LegResult } from "../../../pipeline/build/build-leg.ts";
import type { PlannedLeg } from "../../../plan/plan.ts";
import { few } from "../../../report/few.ts";

/** The error to end with when Ctrl-C stopped the builds: in one line, which legs are staged. */
export function interrupted(
  signal: AbortSignal,
  legs: readonly PlannedLeg[],
  results: readonly LegResult[],
): Error {
  const outcomes = new Map(results.map(({ leg, outcome }) => [leg, outcome]));
  const built = legs.filter(({ id }) => outcomes.get(id) === "built").map(({ id }) => id);
  const reused = legs.filter(
    ({ id, action }) => (outcomes.get(id) ?? (action === "reuse" ? "reused" : "")) === "reused",
  );
  const why = signal.reason instanceof Error ? signal.reason.message : "interrupted";
  const staged = built.length + reused.length;
  const names = built.length === 0 ? "" : ` (built: ${few(built)})`;
  const reusable = staged === 0 ? "" : `, to be reused${names}`;
  const done = `${staged} of ${count(legs.length, "leg")} staged${reusable}`;
  return new Error(`${why}: ${done}. Run the same command again to continue`);
}
