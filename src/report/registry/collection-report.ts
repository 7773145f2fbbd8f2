import type { Collected } from "../../server/store/collect.ts";
import { count, formatBytes, renderTable } from "../table.ts";

/** A table of the repositories that something was taken from, with its end. */
export function renderCollected(collected: readonly Collected[]): string {
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
  return `${renderTable(columns, rows)}\n`;
}

/** `took 3 manifests and 12 blobs, 34.5 MB`, in one line. */
export function summariseCollected(
  collected: readonly Collected[],
  verb: "took" | "would take",
): string {
  if (collected.length === 0) return `${verb} nothing`;
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

/** A line of a registry's log, with its end: what went from one repository. */
export function renderCollectedEntry(one: Collected, format: "json" | "text", time: Date): string {
  const { repository, manifests, blobs, bytes } = one;
  const at = time.toISOString();
  if (format === "text") return `${at} ${repository}: ${summariseCollected([one], "took")}\n`;
  const collected = { repository, manifests, blobs: blobs.length, bytes };
  return `${JSON.stringify({ time: at, level: "info", collected })}\n`;
}
