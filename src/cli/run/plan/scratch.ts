import type { Plan } from "../../../plan/plan.ts";
import { withoutScratch } from "../../../plan/scratch.ts";
import type { Session } from "../session.ts";

/**
 * The plan without its scratch repository if the default branch's config does not name the same one:
 * an untrusted run could make BuildKit write to any repository that its login allows. The warnings
 * say why. A plan from a file is not believed either.
 */
export async function holdScratch(
  plan: Plan,
  { trust, outsideClaims }: Pick<Session, "trust" | "outsideClaims">,
): Promise<Plan> {
  const { scratch } = plan;
  const isUsed = plan.trust.level === "untrusted" && scratch !== null;
  if (!isUsed || trust.level === "local") return plan;
  const claims = await outsideClaims();
  if ("value" in claims && claims.value.scratch === scratch) return plan;
  const why =
    "problem" in claims
      ? `could not be read (${claims.problem}), and must name ${scratch}, too`
      : `does not name ${scratch}`;
  return withoutScratch(plan, `cache.scratch is ignored: the default branch's config ${why}`);
}
