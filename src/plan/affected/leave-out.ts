import type { Plan, PlannedLeg } from "../plan.ts";
import type { Affected } from "./affected.ts";

/**
 * Skips the builds of legs that a change does not affect, even if they are not staged, as on a
 * repository's first pull request. Legs that `--force` or `--cold` selected are kept. `since` is the
 * revision that was compared with, for the reason. Pure.
 */
export function leaveOutUnaffected(
  plan: Plan,
  { unaffected }: Pick<Affected, "unaffected">,
  since: string,
): Plan {
  const untouched = new Set(unaffected);
  const legs = plan.legs.map((leg): PlannedLeg => {
    const { id, action, bypass, unpinned, reason } = leg;
    const isAsked = bypass !== "none" && unpinned.length === 0;
    if (action !== "build" || isAsked || !untouched.has(id)) return leg;
    return { ...leg, action: "skip", reason: `not affected since ${since}; ${reason}` };
  });
  return { ...plan, legs };
}
