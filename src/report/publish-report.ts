import { LayerkeepError, messageOf } from "../errors.ts";
import type { PublishedTag, PublishResult } from "../pipeline/publish/publish-variants.ts";
import { count } from "../count.ts";
import { formatBytes, renderTable, shortDigest } from "./table.ts";

/** A line per tag: what it points at, and whether it moved. */
export function renderPublished(results: readonly PublishResult[]): string {
  const rows = publishedRows(results);
  const columns = [{ head: "IMAGE" }, { head: "DIGEST" }, { head: "TAG" }, { head: "WHY" }];
  return rows.length === 0 ? "" : `${renderTable(columns, rows)}\n\n`;
}

/** The cells of each tag: image, digest, outcome and reason. */
export function publishedRows(results: readonly PublishResult[]): readonly (readonly string[])[] {
  return results.flatMap(({ targets }) =>
    targets.flatMap(({ repository, digest, tags }) =>
      tags.map((tag) => [
        `${repository}:${tag.tag}`,
        shortDigest(digest),
        outcomeOf(tag),
        tag.reason,
      ]),
    ),
  );
}

/** `3 images published: 12 blobs mounted, 4 copied (1.2 MB)`. */
export function summarisePublished(results: readonly PublishResult[]): string {
  const done = results.filter(({ error }) => error === undefined);
  const targets = results.flatMap((result) => result.targets);
  const sum = (of: (target: (typeof targets)[number]) => number): number =>
    targets.reduce((total, target) => total + of(target), 0);
  const mounted = sum(({ blobsMounted }) => blobsMounted);
  const copied = sum(({ blobsCopied }) => blobsCopied);
  const bytes = formatBytes(sum(({ bytesCopied }) => bytesCopied));
  const failed = results.length - done.length;
  return `${count(done.length, "image")} published${failed === 0 ? "" : `, ${failed} failed`}: ${count(mounted, "blob")} mounted, ${copied} copied (${bytes})`;
}

/** Warnings about tags that someone else moved after us. */
export function publishWarnings(results: readonly PublishResult[]): string[] {
  return results.flatMap(({ targets }) =>
    targets.flatMap(({ repository, tags }) =>
      tags
        .filter(({ overtakenBy }) => overtakenBy !== undefined)
        .map(({ tag, overtakenBy }) => {
          const now = overtakenBy === null ? "was deleted" : `points to ${overtakenBy ?? ""}`;
          return `someone else changed ${repository}:${tag} after this run: the tag ${now}`;
        }),
    ),
  );
}

/** Why variants were not published, each with what to try; `renderHint` sets it apart. */
export function publishFailures(
  results: readonly PublishResult[],
  renderHint = (hint: string): string => `\nhint: ${hint}`,
): string[] {
  return results.flatMap(({ variant, error }) => {
    if (error === undefined) return [];
    const hint = error instanceof LayerkeepError ? error.hint : undefined;
    const advice = hint === undefined ? "" : renderHint(hint);
    return [`${variant} was not published: ${messageOf(error)}${advice}`];
  });
}

function outcomeOf({ moved, before, overtakenBy }: PublishedTag): string {
  if (overtakenBy !== undefined) return "overtaken";
  if (!moved) return "kept";
  return before === undefined ? "new" : "moved";
}
