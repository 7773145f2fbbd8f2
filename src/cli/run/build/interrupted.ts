import { count } from "../../../count.ts";
import type { LegResult } from "../../../pipeline/build/build-leg.ts";
import type { PlannedLeg } from "../../../plan/plan.ts";

/** The error to end with when Ctrl-C stopped the builds: which legs are staged, and which are not. */
export function interrupted(
  signal: AbortSignal,
  legs: readonly PlannedLeg[],
  results: readonly LegResult[],
): Error {
  const done = new Set(results.filter(({ outcome }) => outcome !== "failed").map(({ leg }) => leg));
  const missing = legs.filter(({ id }) => !done.has(id)).map(({ id }) => id);
  const why = signal.reason instanceof Error ? signal.reason.message : "interrupted";
  const staged = `${done.size} of ${count(legs.length, "leg")} are staged and will be reused`;
  const left = missing.length === 0 ? "" : `; not built: ${missing.join(", ")}`;
  return new Error(`${why}: ${staged}${left}. Run the same command again to continue`);
}
