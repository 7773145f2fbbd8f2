import { createLimit } from "../registry/transport/pace/limit.ts";
import { findBuilds, type FindBuildsOptions, type LegWithLog } from "./logs/find-builds.ts";

const logsAtOnce = 32;

/**
 * Ids of the legs whose last recorded build failed. Reads the log of each leg and its last record.
 * Throws a registry or format error if a log cannot be read.
 */
export async function findFailed(
  legs: readonly LegWithLog[],
  services: Omit<FindBuildsOptions, "last" | "failed">,
): Promise<readonly string[]> {
  const limit = createLimit(logsAtOnce);
  const found = await Promise.all(
    legs.map((leg) =>
      limit(async () => {
        const [last] = await findBuilds([leg], { ...services, last: 1, failed: false });
        return last?.record.result === "failed" ? [leg.id] : [];
      }),
    ),
  );
  return found.flat();
}
