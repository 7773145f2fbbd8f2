import type { LegResult } from "../../pipeline/build/build-leg.ts";
import type { PlannedLeg } from "../../plan/plan.ts";

/** What to say when Ctrl-C stopped the builds: what is staged, and what is not. */
export function interrupted(
  signal: AbortSignal,
  legs: readonly PlannedLeg[],
  results: readonly LegResult[],
): Error {
  const done = new Set(results.filter(({ outcome }) => outcome !== "failed").map(({ leg }) => leg));
  const missing = legs.filter(({ id }) => !done.has(id)).map(({ id }) => id);
  const why = signal.reason instanceof Error ? signal.reason.message : "interrupted";
  const staged = `${done.size} of ${legs.length} legs are staged and stay`;
  const left = missing.length === 0 ? "" : `; not built: ${missing.join(", ")}`;
  return new Error(`${why}: ${staged}${left}; the same command goes on from there`);
}
