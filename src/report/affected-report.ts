import type { AffectedBetween } from "../pipeline/find-affected.ts";
import { count } from "./table.ts";

/** The affected legs' ids, one a line, for scripts; nothing where there is none. */
export function renderAffected({ legs }: AffectedBetween): string {
  return legs.map(({ id }) => `${id}\n`).join("");
}

/** Why each of them is, and what they were compared with, for a reader. */
export function explainAffected(found: AffectedBetween): string {
  const { base, head, legs, unaffected, removed } = found;
  const all = legs.length + unaffected.length;
  const sides = `${short(base)} and ${head === null ? "the files on disk" : short(head)}`;
  return [
    ...reasons(found),
    ...removed.map((id) => `${id}: the head has it no longer`),
    `${legs.length} of ${count(all, "leg")} affected between ${sides}`,
    "",
  ].join("\n");
}

/** One line where all have the same reason. */
function reasons({ legs }: AffectedBetween): string[] {
  const [first] = legs;
  if (
    first !== undefined &&
    legs.length > 1 &&
    legs.every(({ reason }) => reason === first.reason)
  ) {
    return [`all that are listed: ${first.reason}`];
  }
  return legs.map(({ id, reason }) => `${id}: ${reason}`);
}

function short(commit: string | null): string {
  return commit === null ? "an unknown base" : commit.slice(0, 12);
}
