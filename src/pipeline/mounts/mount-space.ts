import type { Plan, PlannedLeg } from "../../plan/plan.ts";

const argument = "BUILDKIT_CACHE_MOUNT_NS";

/**
 * The build argument that keeps the mounts of untrusted runs apart from those of trusted ones on
 * the same builder: what they put into a mount must not be saved by a trusted run. BuildKit takes
 * it for the names of mounts alone; steps stay cached.
 */
export function mountSpace(
  { trust }: Pick<Plan, "trust">,
  { mounts = [], build }: Pick<PlannedLeg, "mounts" | "build">,
): Readonly<Record<string, string>> {
  if (trust.level !== "untrusted" || mounts.length === 0) return {};
  const own = build.args[argument] ?? "";
  return { [argument]: own === "" ? "untrusted" : `untrusted-${own}` };
}
