import type { PlannedLeg } from "../../plan/plan.ts";
import type { RegistryClient } from "../../registry/client.ts";
import { readLog } from "./build-log.ts";

/** How many of a log's newest records are searched for a finished build. */
const mostRecords = 3;
/**
 * At most this many logs are read, with two to four requests each; the other legs count as the
 * median.
 */
const mostLogs = 2000;

/**
 * Seconds that the last finished build of each leg took, by its log. Legs without a readable log
 * are left out.
 */
export async function readDurations(
  client: RegistryClient,
  legs: readonly PlannedLeg[],
  signal?: AbortSignal,
): Promise<Map<string, number>> {
  const found = await Promise.all(
    legs.slice(0, mostLogs).map(async ({ id, staged }) => {
      const seconds = staged === null ? undefined : await lastDuration(client, staged.log, signal);
      return seconds === undefined ? [] : [[id, seconds] as const];
    }),
  );
  return new Map(found.flat());
}

async function lastDuration(
  client: RegistryClient,
  log: string,
  signal: AbortSignal | undefined,
): Promise<number | undefined> {
  try {
    const records = await readLog(client, log, { last: mostRecords, signal });
    const last = records.findLast(({ result }) => result === "built")?.seconds;
    return typeof last === "number" && Number.isFinite(last) && last >= 0 ? last : undefined;
  } catch (error) {
    if (signal?.aborted === true) throw error;
    return undefined;
  }
}
