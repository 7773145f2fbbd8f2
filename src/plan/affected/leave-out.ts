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
  return leaveOut(plan, ({ id }) => untouched.has(id), `not affected since ${since}`);
}

/** Skips the builds of legs that are not among the `stale` ones; see `leaveOutUnaffected`. Pure. */
export function leaveOutFresh(plan: Plan, stale: readonly PlannedLeg[]): Plan {
  const moved = new Set(stale.map(({ id }) => id));
  return leaveOut(plan, ({ id }) => !moved.has(id), "its bases have not moved");
}

function leaveOut(plan: Plan, isLeft: (leg: PlannedLeg) => boolean, because: string): Plan {
  const legs = plan.legs.map((leg): PlannedLeg => {
    const { action, bypass, unpinned, reason } = leg;
    const isAsked = bypass !== "none" && unpinned.length === 0;
    if (action !== "build" || isAsked || !isLeft(leg)) return leg;
    return { ...leg, action: "skip", reason: `${because}; ${reason}` };
  });
  return { ...plan, legs };
}
