import { parseRepository } from "../../src/oci/reference.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { planOf } from "./plans.ts";

/** A variant of a plan. */
export interface Sketch {
  readonly name: string;
  readonly platforms: readonly string[];
  readonly runners?: readonly string[];
  /** Platforms that are already staged. */
  readonly reused?: readonly string[];
  /** Variants that each of its legs is built on, on the same platform. */
  readonly on?: readonly string[];
}

const cache = parseRepository("ghcr.io/acme/cache");

/** What matrices are made of. */
type Sketched = Pick<Plan, "legs" | "variants" | "trust">;

/** A plan that builds these variants. A parent without the leg's platform is left out. */
export function sketched(sketches: readonly Sketch[]): Sketched {
  const platformsOf = new Map(sketches.map(({ name, platforms }) => [name, platforms]));
  const plans = sketches.map(({ name, platforms, runners = [], reused = [], on = [] }) => {
    const plan = planOf({ cache, targets: [], platforms, variants: [name] });
    const legs = plan.legs.map((leg, index) => ({
      ...leg,
      action: reused.includes(leg.platform) ? ("reuse" as const) : ("build" as const),
      runner: runners[index] ?? null,
      parents: on
        .filter((parent) => platformsOf.get(parent)?.includes(leg.platform))
        .map((parent) => ({ context: parent, leg: `${parent}/${leg.platform}`, config: null })),
    }));
    return { legs, variants: plan.variants };
  });
  return {
    trust: planOf({ cache, targets: [], platforms: [] }).trust,
    legs: plans.flatMap(({ legs }) => legs),
    variants: plans.flatMap(({ variants }) => variants),
  };
}
