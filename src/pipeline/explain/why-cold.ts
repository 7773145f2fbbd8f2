import { count } from "../../count.ts";
import type { PlannedLeg } from "../../plan/plan.ts";
import type { RegistryClient } from "../../registry/client.ts";
import { readLog } from "../records/build-log.ts";
import type { BuildRecord } from "../records/build-record.ts";
import { missedSteps } from "./cold-steps.ts";
import { isCold } from "./explain-leg.ts";

/** This build's own record, and some earlier ones. */
const recordsRead = 4;

/**
 * One line on a build that went cold, from the log: how many steps ran, how long they took, and
 * why. Undefined for any other build; sends no request if every step came from a cache. Anything
 * unreadable is skipped.
 */
export async function whyCold(
  client: RegistryClient,
  { staged }: PlannedLeg,
  build: BuildRecord,
  signal?: AbortSignal,
): Promise<string | undefined> {
  if (staged === null || build.steps.every(({ cached }) => cached)) return undefined;
  const log = await readLog(client, staged.log, { last: recordsRead, signal }).catch(
    (error: unknown) => {
      if (signal?.aborted === true) throw error;
      return undefined;
    },
  );
  if (log === undefined) return undefined;
  const earlier = log.filter(({ startedAt }) => startedAt < build.startedAt).reverse();
  const missed = missedSteps(build, { earlier });
  if (!isCold(missed)) return undefined;
  const seconds = missed.reduce((sum, step) => sum + step.seconds, 0);
  const cause = missed.find((step) => isCold([step]))?.cause?.text ?? "";
  return `${missed.length} of ${count(build.steps.length, "step")} ran, in ${seconds.toFixed(1)} s: ${cause}`;
}
