import { changedParts } from "../../inputs/changed-parts.ts";
import type { PlannedLeg } from "../../plan/plan.ts";
import type { RegistryClient } from "../../registry/client.ts";
import { readLog } from "../records/build-log.ts";
import type { BuildRecord } from "../records/build-record.ts";

const mostNamed = 4;

/**
 * Says of a leg that has to be built what changed since its last build, by that build's record.
 * What cannot be read is left unsaid: the plan does not hang on it.
 */
export async function explainBuild(
  client: RegistryClient,
  leg: PlannedLeg,
  signal?: AbortSignal,
): Promise<PlannedLeg> {
  if (leg.action === "reuse" || leg.bypass !== "none" || leg.staged === null) return leg;
  const last = await lastRecord(client, leg.staged.log, signal);
  return last === undefined ? leg : { ...leg, reason: whyItBuilds(leg, last) };
}

/** One sentence: which inputs differ from those of the last build. */
function whyItBuilds(leg: PlannedLeg, last: BuildRecord): string {
  const when = last.startedAt.slice(0, "2026-11-21T04:05".length).replace("T", " ");
  if (last.result === "failed" && last.input.digest === leg.input.digest) {
    return `its last build, of ${when}, failed`;
  }
  const changed = changedParts(last.input, leg.input);
  if (changed.length === 0) {
    return last.input.digest === leg.input.digest
      ? `built on ${when} from the same inputs, but ${leg.reason}`
      : leg.reason;
  }
  const named = changed.slice(0, mostNamed).join(", ");
  const more = changed.length > mostNamed ? ` and ${changed.length - mostNamed} more` : "";
  return `changed since ${when}: ${named}${more}`;
}

async function lastRecord(
  client: RegistryClient,
  log: string,
  signal: AbortSignal | undefined,
): Promise<BuildRecord | undefined> {
  try {
    return (await readLog(client, log, { last: 1, signal })).at(-1);
  } catch (error) {
    if (signal?.aborted === true) throw error;
    return undefined;
  }
}
