import { byLevel } from "../../inputs/parents/by-level.ts";
import { changedParts } from "../../inputs/changed-parts.ts";
import type { PlannedLeg } from "../../plan/plan.ts";
import type { RegistryClient } from "../../registry/client.ts";
import { readLog } from "../records/build-log.ts";
import { unreadReason } from "../stage/look-up-staged.ts";
import type { BuildRecord } from "../records/build-record.ts";

const mostNamed = 4;

/**
 * Adds to legs that have to be built what changed since their last build, from that build's record.
 * Anything unreadable is skipped: the plan does not depend on it.
 */
export async function explainBuilds(
  client: RegistryClient,
  legs: readonly PlannedLeg[],
  signal?: AbortSignal,
): Promise<readonly PlannedLeg[]> {
  const records = new Map(
    await Promise.all(
      legs.map(async (leg) => [leg.id, await recordFor(client, leg, signal)] as const),
    ),
  );
  const causes = new Map<string, string>();
  const explained = new Map<string, PlannedLeg>();
  const idOf = ({ id }: PlannedLeg): string => id;
  // A leg's reason names what changed in its parents.
  for (const leg of byLevel(legs, idOf, ({ parents }) => parents.map((one) => one.leg)).flat()) {
    const last = records.get(leg.id);
    const changed = last === undefined ? [] : changedTexts(leg, last, causes);
    if (changed.length > 0) causes.set(leg.id, changed.join(", "));
    if (last !== undefined) {
      explained.set(leg.id, { ...leg, reason: whyItBuilds(leg, last, changed) });
    }
  }
  return legs.map((leg) => explained.get(leg.id) ?? leg);
}

/** What differs from a leg's last build; of a parent that builds too, what differs in it. */
function changedTexts(
  leg: PlannedLeg,
  last: BuildRecord,
  causes: ReadonlyMap<string, string>,
): readonly string[] {
  return changedParts(last.input, leg.input).map((name) => {
    const cause = leg.parents.some((parent) => parent.leg === name) ? causes.get(name) : undefined;
    return cause === undefined ? name : `${name} (${cause})`;
  });
}

/** One sentence: which inputs differ from those of the last build. */
function whyItBuilds(
  leg: PlannedLeg,
  last: BuildRecord,
  changed: readonly string[] = changedTexts(leg, last, new Map()),
): string {
  const when = last.startedAt.slice(0, "2026-11-21T04:05".length).replace("T", " ");
  if (last.result === "failed" && last.input.digest === leg.input.digest) {
    return `its last build, on ${when}, failed`;
  }
  if (changed.length === 0) {
    return last.input.digest === leg.input.digest
      ? `built on ${when} from the same inputs, but ${leg.reason}`
      : leg.reason;
  }
  const named = changed.slice(0, mostNamed).join(", ");
  const more = changed.length > mostNamed ? ` and ${changed.length - mostNamed} more` : "";
  return `changed since ${when}: ${named}${more}`;
}

async function recordFor(
  client: RegistryClient,
  leg: PlannedLeg,
  signal: AbortSignal | undefined,
): Promise<BuildRecord | undefined> {
  const { action, bypass, reason, outdated } = leg;
  const isAsked = action === "build" && bypass === "none" && reason !== unreadReason;
  return isAsked && outdated === undefined && leg.staged !== null
    ? lastRecord(client, leg.staged.log, signal)
    : undefined;
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
