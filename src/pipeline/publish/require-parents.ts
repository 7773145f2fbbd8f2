import { ancestorsOf } from "../../inputs/parents/ancestors.ts";
import type { Plan, PlannedVariant } from "../../plan/plan.ts";
import { hasPreviews } from "../../plan/caches/previews.ts";
import { resolveLeg } from "../stage/resolve-leg.ts";
import { StagedLegError } from "../stage/staged-leg-error.ts";
import type { PublishRun } from "./tags.ts";

/**
 * What is published can be built again: all that its legs are built on is staged, too. Previews are
 * not: their parents may be built with them.
 */
export async function requireParents(
  { client, options }: PublishRun,
  plan: Plan,
  { legs }: PlannedVariant,
): Promise<void> {
  if (hasPreviews(plan)) return;
  const ancestors = ancestorsOf(plan.legs);
  const parents = new Set(legs.flatMap((id) => ancestors.get(id) ?? []));
  await Promise.all(
    [...parents].map(async (id) => {
      await resolveLeg(client, legOf(plan, id), options.signal).catch((error: unknown) => {
        throw error instanceof StagedLegError ? missingParent(id, error) : error;
      });
    }),
  );
}

function missingParent(id: string, cause: StagedLegError): StagedLegError {
  const { legs, message, hint } = cause;
  return new StagedLegError(legs, `its parent ${id}: ${message}`, { hint, cause });
}

export function legOf(plan: Plan, id: string): Plan["legs"][number] {
  const leg = plan.legs.find((candidate) => candidate.id === id);
  if (leg === undefined) throw new Error(`the plan refers to leg ${id}, but does not contain it`);
  return leg;
}
