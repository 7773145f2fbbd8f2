import type { AffectedBetween } from "../../pipeline/find-affected.ts";
import { count } from "../../count.ts";

/** The affected legs' ids, one per line, for scripts; empty if there are none. */
export function renderAffected({ legs }: AffectedBetween): string {
  return legs.map(({ id }) => `${id}\n`).join("");
}

/** Why each leg is affected, and what was compared, for a reader. */
export function explainAffected(found: AffectedBetween): string {
  const { base, head, legs, unaffected, removed } = found;
  const all = legs.length + unaffected.length;
  const sides = `${short(base)} and ${head === null ? "the files on disk" : short(head)}`;
  return [
    ...reasons(found),
    ...removed.map((id) => `${id}: removed`),
    `${legs.length} of ${count(all, "leg")} affected between ${sides}`,
    "",
  ].join("\n");
}

/** One line if all have the same reason. */
function reasons({ legs }: AffectedBetween): string[] {
  const [first] = legs;
  if (
    first !== undefined &&
    legs.length > 1 &&
    legs.every(({ reason }) => reason === first.reason)
  ) {
    return [`all listed legs: ${first.reason}`];
  }
  return legs.map(({ id, reason }) => `${id}: ${reason}`);
}

function short(commit: string | null): string {
  return commit === null ? "an unknown base" : commit.slice(0, 12);
}
