import type { Plan, PlannedVariant } from "../plan.ts";

/** A matrix in GitHub Actions' format, whose jobs publish variants. */
export interface PublishMatrix {
  /** Each job's variants, with spaces between them. */
  readonly include: readonly { readonly variants: string }[];
}

/** Publishing is quick: a job with fewer variants would mostly start and log in. */
const leastVariants = 32;

/**
 * Distributes the variants that a run can publish over at most `most` jobs of at least 32 variants.
 * Variants without a tag are left out, and those with a skipped leg, which nobody has built. `moved`
 * takes only those with a leg to build. Empty if the run publishes nothing. Pure.
 */
export function planPublishJobs(
  { variants, legs, trust }: Pick<Plan, "variants" | "legs" | "trust">,
  { most, moved = false }: { readonly most: number; readonly moved?: boolean },
): PublishMatrix {
  if (!trust.publishes) return { include: [] };
  const actions = new Map(legs.map(({ id, action }) => [id, action]));
  const has = (variant: PlannedVariant, action: string): boolean =>
    variant.legs.some((leg) => actions.get(leg) === action);
  const names = variants
    .filter(
      (variant) =>
        variant.targets.some(({ tags }) => tags.length > 0) &&
        !has(variant, "skip") &&
        (!moved || has(variant, "build")),
    )
    .map(({ name }) => name);
  const jobs = Math.min(most, Math.max(1, Math.floor(names.length / leastVariants)));
  const size = Math.ceil(names.length / jobs);
  const include = Array.from({ length: jobs }, (_, job) => ({
    variants: names.slice(job * size, (job + 1) * size).join(" "),
  }));
  return { include: include.filter((job) => job.variants !== "") };
}
