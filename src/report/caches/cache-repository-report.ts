import { count } from "../../count.ts";
import type { Removals } from "../../pipeline/caches/choose-removals.ts";
import type { JudgedTag } from "../../pipeline/caches/judge-tags.ts";
import type { RemovedTags } from "../../pipeline/caches/remove-tags.ts";
import type { Usage } from "../../pipeline/caches/usage.ts";
import { formatDuration } from "../../duration.ts";
import { type Column, formatBytes, type Page, renderTable } from "../table.ts";

const order = ["missing", "unreadable", "orphaned", "stale", "warm", "kept"];

/**
 * A line for each tag, those that need attention first, and a summary line. `now`: milliseconds.
 */
export function renderJudged(
  shown: readonly JudgedTag[],
  all: readonly JudgedTag[],
  now: number,
  page: Page = {},
): string {
  const columns: readonly Column[] = [
    { head: "STATE" },
    { head: "TAG" },
    { head: "LEG" },
    { head: "SIZE", right: true },
    { head: "OWN", right: true, optional: true },
    { head: "MADE", right: true, optional: true },
    { head: "NEEDED", right: true, optional: true },
    { head: "CACHED", right: true, optional: true },
  ];
  const rows = [...shown]
    .sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state) || a.tag.localeCompare(b.tag))
    .map(({ state, tag, leg, digest, bytes, own, createdAt, neededAt, hits }) => [
      state,
      tag,
      leg ?? "",
      digest === null ? "" : formatBytes(bytes),
      digest === null ? "" : formatBytes(own),
      age(createdAt, now),
      age(neededAt, now),
      hits === null || hits.steps === 0 ? "" : `${Math.round((100 * hits.cached) / hits.steps)} %`,
    ]);
  const states = order.flatMap((state) => {
    const number = all.filter((it) => it.kind === "cache" && it.state === state).length;
    return number === 0 ? [] : [`${number} ${state}`];
  });
  const digestsOf = (kind: string): number =>
    new Set(all.flatMap((it) => (it.kind === kind ? [it.digest] : []))).size;
  const folders = all.filter(({ kind }) => kind === "dir").length;
  const last = [
    `caches: ${states.join(", ") || "none"}; ${count(digestsOf("leg"), "staged build")}`,
    count(digestsOf("log"), "log"),
    ...(folders === 0 ? [] : [count(folders, "directory cache")]),
  ].join(", ");
  return rows.length === 0 ? last : `${renderTable(columns, rows, page)}\n\n${last}`;
}

/** Bytes by leg, and by how many legs share them. */
export function renderUsage({ bytes, shared, legs, directories }: Usage, page: Page = {}): string {
  const columns: readonly Column[] = [
    { head: "LEG" },
    { head: "TAGS", right: true },
    { head: "SIZE", right: true },
    { head: "OWN", right: true },
    { head: "CACHES", right: true },
    { head: "STAGED", right: true },
    { head: "LOGS", right: true },
  ];
  const rows = legs.map((it) => [
    it.leg ?? "no leg",
    String(it.tags),
    formatBytes(it.bytes),
    formatBytes(it.own),
    formatBytes(it.caches),
    formatBytes(it.staged),
    formatBytes(it.logs),
  ]);
  if (directories.tags > 0) {
    const { tags, bytes: size, own } = directories;
    rows.push(["directory caches", String(tags), formatBytes(size), formatBytes(own)]);
  }
  const parts = shared.map(
    (it) =>
      `${formatBytes(it.bytes)} ${it.legs === 0 ? "in no leg" : `in ${count(it.legs, "leg")}`}`,
  );
  if (directories.tags > 0) parts.push(`${formatBytes(directories.own)} in directory caches`);
  return `${renderTable(columns, rows, page)}\n\n${formatBytes(bytes)} in total: ${parts.join(", ")}`;
}

/** What would be deleted, and why. */
export function renderRemovals({ chosen, freed, left }: Removals, page: Page = {}): string {
  if (chosen.length === 0) return `nothing to delete (${formatBytes(left)} remain)`;
  return [
    renderTable(
      [{ head: "TAG" }, { head: "KIND" }, { head: "WHY" }],
      chosen.map(({ tag, kind, reason }) => [tag, kind, reason]),
      page,
    ),
    "",
    `${count(chosen.length, "tag")} would be deleted, freeing ${formatBytes(freed)} (${formatBytes(left)} would remain). Pass --yes to delete them`,
  ].join("\n");
}

/** What was deleted. */
export function renderRemoved(
  { freed, left }: Removals,
  { deleted, refused, manifests }: RemovedTags,
): string {
  const below = manifests === 0 ? "" : ` and ${count(manifests, "manifest")}`;
  const what = `${count(deleted.length, "tag")}${below} deleted`;
  if (refused.length > 0) return `${what}, ${count(refused.length, "tag")} kept`;
  return `${what}. The registry will free ${formatBytes(freed)} at its next garbage collection; ${formatBytes(left)} will remain`;
}

function age(time: string | null, now: number): string {
  if (time === null) return "";
  const hours = Math.max(0, (now - Date.parse(time)) / 3_600_000);
  return hours >= 48 ? `${Math.floor(hours / 24)} d` : `${Math.floor(hours)} h`;
}

/** Why tags that the rules select are kept for now. */
export function renderSpared(tags: number, grace: number): string {
  const [those, were] = tags === 1 ? ["it", "was"] : ["they", "were"];
  return `${count(tags, "more tag")} will be kept for now: ${those} ${were} used within the grace period of ${formatDuration(grace)} (cache.retention.grace or --grace), so a build may still need them`;
}
