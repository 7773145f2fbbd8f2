import { count } from "../../count.ts";
import type { LegResult } from "../../pipeline/build/build-leg.ts";
import type { PlannedLeg } from "../../plan/plan.ts";

/** More reused legs than these are only counted. */
const mostReused = 8;

/** How the rows of a table of legs are made. */
export interface LegRows<Leg> {
  readonly isReused: (leg: Leg) => boolean;
  readonly reasonOf: (leg: Leg) => string;
  readonly rowOf: (leg: Leg) => readonly string[];
  /** The row of all reused legs, such as `292 legs`; the reason is empty if they have several. */
  readonly foldOf: (legs: string, reason: string) => readonly string[];
}

/** A row for each leg; many legs that are reused share one, the last. */
export function legRows<Leg>(legs: readonly Leg[], how: LegRows<Leg>): (readonly string[])[] {
  const reused = legs.filter(how.isReused);
  if (reused.length <= mostReused) return legs.map(how.rowOf);
  const [reason = "", ...others] = new Set(reused.map(how.reasonOf));
  const fold = how.foldOf(count(reused.length, "leg"), others.length === 0 ? reason : "");
  return [...legs.filter((leg) => !how.isReused(leg)).map(how.rowOf), fold];
}

/** Counts the legs that a run reuses, if they are many. */
export interface ReusedFold {
  /** Whether the plan says that the leg will be counted. */
  readonly folds: (leg: string) => boolean;
  /** Counts a leg that is not to be listed; false for any other. */
  readonly take: (result: LegResult) => boolean;
  /** `292 legs reused`, as a line; empty if none was counted. */
  readonly line: () => string;
}

export function foldReused(legs: readonly Pick<PlannedLeg, "id" | "action">[]): ReusedFold {
  const planned = new Set(legs.flatMap(({ id, action }) => (action === "reuse" ? [id] : [])));
  const isFolding = planned.size > mostReused;
  let counted = 0;
  return {
    folds: (leg) => isFolding && planned.has(leg),
    take({ outcome }) {
      if (!isFolding || outcome !== "reused") return false;
      counted += 1;
      return true;
    },
    line: () => (counted === 0 ? "" : `${count(counted, "leg")} reused\n`),
  };
}
