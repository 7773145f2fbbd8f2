import { messageOf, UsageError } from "../../errors.ts";
import { formatRepository, parseReference, type Repository } from "../../oci/reference.ts";
import type { StagedLookUp } from "../../plan/make-plan.ts";
import type { PlannedLeg } from "../../plan/plan.ts";
import type { RegistryClient } from "../../registry/client.ts";
import { findStagedLeg } from "./staged-leg.ts";

export const unreadReason = "the cache repository could not be read";

/**
 * Finds which legs are in the registry, complete. If there are many, their tags are listed first,
 * and only the existing ones are read. If the registry cannot be read, every leg is to be built,
 * with a warning.
 */
export async function lookUpStaged(
  client: RegistryClient,
  legs: readonly PlannedLeg[],
  signal?: AbortSignal,
): Promise<StagedLookUp> {
  const whole = new Set<string>();
  const unusable = new Map<string, string>();
  const outdated = new Map<string, readonly string[]>();
  let failure: unknown;
  let failed = 0;
  const present = await presentTags(client, legs, signal);
  const looked = legs.map(async (leg) => {
    if (leg.staged === null || !present.has(leg.staged.leg)) return;
    try {
      const found = await findStagedLeg(client, leg, parseReference(leg.staged.leg), signal);
      if (found.state === "whole") whole.add(leg.id);
      if (found.state === "outdated") outdated.set(leg.id, found.changed);
      if (found.state === "unusable") unusable.set(leg.id, found.why);
    } catch (error) {
      // Missing or unreadable credentials are for the user to fix.
      if (signal?.aborted === true || error instanceof UsageError) throw error;
      failure = error;
      failed += 1;
      unusable.set(leg.id, unreadReason);
    }
  });
  await Promise.all(looked);
  const warnings = failed === 0 ? [] : [unread(failed, failure)];
  return { whole, unusable, outdated, warnings };
}

/** The legs whose tags are in a listing. */
async function presentTags(
  client: RegistryClient,
  legs: readonly PlannedLeg[],
  signal: AbortSignal | undefined,
): Promise<ReadonlySet<string>> {
  const byRepository = new Map<string, { repository: Repository; tags: Map<string, string> }>();
  for (const { staged } of legs) {
    if (staged === null) continue;
    const { host, path, tag = "latest" } = parseReference(staged.leg);
    const name = formatRepository({ host, path });
    const known = byRepository.get(name) ?? { repository: { host, path }, tags: new Map() };
    known.tags.set(tag, staged.leg);
    byRepository.set(name, known);
  }
  const found = [...byRepository.values()].map(async ({ repository, tags }) => {
    const there = await client.findTags(repository, [...tags.keys()], { signal });
    return [...there].flatMap((tag) => tags.get(tag) ?? []);
  });
  return new Set((await Promise.all(found)).flat());
}

/** One warning with one of the errors: 500 legs fail alike. */
function unread(failed: number, error: unknown): string {
  const which = failed === 1 ? "a leg counts" : `${failed} legs count`;
  return `${unreadReason}, so ${which} as not staged: ${messageOf(error)}`;
}
