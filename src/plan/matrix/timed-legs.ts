import type { Plan, PlannedLeg } from "../plan.ts";

/** A leg to build, and how long that probably takes. */
export interface TimedLeg {
  readonly leg: PlannedLeg;
  readonly seconds: number;
  /** Whether its log has a finished build. */
  readonly known: boolean;
  /** Whether its variant has several platforms. */
  readonly joined: boolean;
}

/** The legs to build; one of unknown duration gets the median. */
export function timeLegs(
  { legs, variants }: Pick<Plan, "legs" | "variants">,
  durations: ReadonlyMap<string, number>,
): TimedLeg[] {
  const building = legs.filter(({ action }) => action === "build");
  const median = medianOf(building.flatMap(({ id }) => durations.get(id) ?? []));
  const several = new Set(
    variants.filter((variant) => variant.legs.length > 1).map(({ name }) => name),
  );
  return building.map((leg) => {
    const seconds = durations.get(leg.id);
    const joined = several.has(leg.variant);
    return { leg, seconds: seconds ?? median, known: seconds !== undefined, joined };
  });
}

/** What legs of unknown duration count as. Without any durations, all weigh the same. */
export function medianOf(seconds: readonly number[]): number {
  const sorted = [...seconds].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 1;
}
