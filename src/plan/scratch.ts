import type { CacheRef, Plan } from "./plan.ts";

/** Whether a cache is in this repository: `host/path`. */
export function isInRepository({ type, attributes }: CacheRef, repository: string | null): boolean {
  const { ref = "" } = attributes;
  return type === "registry" && repository !== null && ref.startsWith(`${repository}:`);
}

/** A plan whose legs neither write nor read the scratch repository. `why` is added as a warning. */
export function withoutScratch(plan: Plan, why: string): Plan {
  const isKept = (ref: CacheRef): boolean => !isInRepository(ref, plan.scratch);
  const legs = plan.legs.map((leg) => ({
    ...leg,
    cache: { from: leg.cache.from.filter(isKept), to: leg.cache.to.filter(isKept) },
  }));
  return { ...plan, scratch: null, legs, warnings: [...plan.warnings, why] };
}
