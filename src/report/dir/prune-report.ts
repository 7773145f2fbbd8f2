import { count } from "../../count.ts";
import { formatDuration } from "../../duration.ts";
import type { DirRemovals } from "../../pipeline/caches/choose-dir-removals.ts";
import type { RemovedTags } from "../../pipeline/caches/remove-tags.ts";
import { formatBytes, type Page, renderTable } from "../table.ts";

/** Which caches would be deleted, and why. */
export function renderPrunable({ chosen, freed, left }: DirRemovals, page: Page): string {
  if (chosen.length === 0) return `nothing to delete (${formatBytes(left)} remain)`;
  const rows = chosen.map(({ key, reason }) => [key, reason]);
  const them = chosen.length === 1 ? "it" : "them";
  return [
    renderTable([{ head: "KEY" }, { head: "WHY" }], rows, page),
    "",
    `${count(chosen.length, "cache")} would be deleted, freeing ${formatBytes(freed)} (${formatBytes(left)} would remain). Pass --yes to delete ${them}`,
  ].join("\n");
}

/** What was deleted. */
export function renderPruned(
  { freed, left }: DirRemovals,
  { deleted, refused }: RemovedTags,
): string {
  const what = `deleted ${count(deleted.length, "cache")}`;
  if (refused.length > 0) return `${what}, ${refused.length} kept`;
  return `${what}. The registry will free ${formatBytes(freed)} at its next garbage collection; ${formatBytes(left)} will remain`;
}

/** Why caches that the rules choose are kept for now. */
export function renderSparedDirs(caches: number, grace: number): string {
  const [those, were] = caches === 1 ? ["it", "was"] : ["they", "were"];
  return `${count(caches, "more cache")} will be kept for now: ${those} ${were} saved within the grace period of ${formatDuration(grace)} (cache.retention.grace or --grace), so a run may still need ${caches === 1 ? "it" : "them"}`;
}
