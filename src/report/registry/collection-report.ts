import { count } from "../../count.ts";
import type { Collected } from "../../server/store/collect.ts";
import { formatBytes, type Page, renderTable } from "../table.ts";

/** A table of the repositories that content was deleted from, with a line end. */
export function renderCollected(collected: readonly Collected[], page: Page = {}): string {
  const columns = [
    { head: "REPOSITORY" },
    { head: "MANIFESTS", right: true },
    { head: "BLOBS", right: true },
    { head: "SIZE", right: true },
  ];
  const rows = collected.map(({ repository, manifests, blobs, bytes }) => [
    repository,
    String(manifests.length),
    String(blobs.length),
    formatBytes(bytes),
  ]);
  return `${renderTable(columns, rows, page)}\n`;
}

/** `deleted 3 manifests and 12 blobs, 34.5 MB`, in one line. */
export function summariseCollected(
  collected: readonly Collected[],
  verb: "deleted" | "would delete",
): string {
  if (collected.length === 0) return verb === "deleted" ? "nothing deleted" : "nothing to delete";
  const sum = (of: (one: Collected) => number): number =>
    collected.reduce((total, one) => total + of(one), 0);
  const manifests = count(
    sum((one) => one.manifests.length),
    "manifest",
  );
  const blobs = count(
    sum((one) => one.blobs.length),
    "blob",
  );
  return `${verb} ${manifests} and ${blobs}, ${formatBytes(sum(({ bytes }) => bytes))}`;
}

/** A line of a registry's log, with its line end: what was deleted from one repository. */
export function renderCollectedEntry(one: Collected, format: "json" | "text", time: Date): string {
  const { repository, manifests, blobs, bytes } = one;
  const at = time.toISOString();
  if (format === "text") return `${at} ${repository}: ${summariseCollected([one], "deleted")}\n`;
  const collected = { repository, manifests, blobs: blobs.length, bytes };
  return `${JSON.stringify({ time: at, level: "info", collected })}\n`;
}
