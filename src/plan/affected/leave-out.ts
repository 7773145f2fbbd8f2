import type { Plan, PlannedLeg } from "../plan.ts";
import type { Affected } from "./affected.ts";

/**
 * The plan without the builds that a change does not call for: legs that it does not affect are
 * left out even if they are not staged, such as on a repository's first pull request. What was
 * asked for by `--force` or `--cold` stays. `since` names what was compared with. Pure.
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
