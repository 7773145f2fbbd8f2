import type { Plan, PlannedLeg, PlannedVariant } from "../../../plan/plan.ts";
import { hasPreviews, withPreviewTargets } from "../../../plan/caches/previews.ts";

/** The variants with a target and one of these legs. */
export function havingTargets(
  plan: Plan,
  chosen: readonly PlannedLeg[],
): readonly PlannedVariant[] {
  const built = new Set(chosen.map(({ id }) => id));
  return plan.variants.filter(
    ({ targets, legs }) => targets.length > 0 && legs.some((leg) => built.has(leg)),
  );
}

/** The names of the variants that are published if all of these legs are built. */
export function publishedBy(made: Plan, chosen: readonly PlannedLeg[]): readonly string[] {
  const plan = withPreviewTargets(made);
  if (!plan.trust.publishes && !hasPreviews(plan)) return [];
  const built = new Set(chosen.map(({ id }) => id));
  const left = plan.legs.filter(({ id, action }) => action !== "reuse" && !built.has(id));
  const unbuilt = new Set(left.map(({ id }) => id));
  const whole = havingTargets(plan, chosen).filter(
    ({ legs }) => !legs.some((leg) => unbuilt.has(leg)),
  );
  return whole.map(({ name }) => name);
}
