import type { Affected } from "../affected/affected.ts";
import type { Plan, PlannedLeg } from "../plan.ts";

/** Legs that one flag selects, and why the others are not among them. */
export interface Narrowing {
  readonly ids: ReadonlySet<string>;
  /** Why another leg is skipped: `its base images have not changed`. */
  readonly otherwise: string;
}

/** Which legs of a plan a command works on. */
export interface ChosenLegs {
  /** In the plan's order. */
  readonly legs: readonly PlannedLeg[];
  /** Ids of those that names and platforms select; undefined: nothing was named. */
  readonly named: ReadonlySet<string> | undefined;
  /** What else the flags ask of a leg. */
  readonly narrowings: readonly Narrowing[];
}

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
  const legs = plan.legs.map((leg) =>
    isAsked(leg) || !untouched.has(leg.id) ? leg : skip(leg, `not affected since ${since}`),
  );
  return { ...plan, legs };
}

/**
 * A plan that builds only the chosen legs, and publishes only variants of named ones. Staged legs
 * are reused all the same: an image may need them beside the legs that are chosen. Legs that
 * `--force` or `--cold` selected are kept unless others were named. Pure.
 */
export function keepChosen(plan: Plan, { named, narrowings }: Omit<ChosenLegs, "legs">): Plan {
  const legs = plan.legs.map((leg) => {
    if (named !== undefined && !named.has(leg.id)) return skip(leg, "not selected");
    const missed = narrowings.find(({ ids }) => !ids.has(leg.id));
    return missed === undefined || isAsked(leg) ? leg : skip(leg, missed.otherwise);
  });
  const variants =
    named === undefined
      ? plan.variants
      : plan.variants.filter((variant) => variant.legs.some((leg) => named.has(leg)));
  return { ...plan, legs, variants };
}

/** Without the variants that have a skipped leg; if some are named, of those. Pure. */
export function withoutSkipped(plan: Plan, named: readonly string[] = []): Plan {
  const skipped = new Set(plan.legs.filter(({ action }) => action === "skip").map(({ id }) => id));
  const variants = plan.variants.filter(
    ({ name, legs }) =>
      (named.length === 0 || named.includes(name)) && !legs.some((leg) => skipped.has(leg)),
  );
  return { ...plan, variants };
}

function isAsked({ bypass, unpinned }: PlannedLeg): boolean {
  return bypass !== "none" && unpinned.length === 0;
}

function skip(leg: PlannedLeg, because: string): PlannedLeg {
  if (leg.action !== "build") return leg;
  return { ...leg, action: "skip", reason: `${because}; ${leg.reason}` };
}
