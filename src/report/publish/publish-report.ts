import { count } from "../../count.ts";
import { LayerkeepError, messageOf } from "../../errors.ts";
import type { PublishedTag, PublishResult } from "../../pipeline/publish/publish-variants.ts";
import { few } from "../few.ts";
import { type Column, formatBytes, type Page, renderTable, shortDigest } from "../table.ts";
import type { Style } from "../terminal/style.ts";

/** A line per tag: what it points at, and whether it moved. */
export function renderPublished(results: readonly PublishResult[], page: Page = {}): string {
  const rows = publishedRows(results);
  const columns: readonly Column[] = [
    { head: "IMAGE", keepsEnd: true },
    { head: "DIGEST", optional: true },
    { head: "TAG", styleOf: (cell) => tagStyles.get(cell) },
    { head: "WHY" },
  ];
  return rows.length === 0 ? "" : `${renderTable(columns, rows, page)}\n\n`;
}

const tagStyles: ReadonlyMap<string, Style> = new Map([
  ["new", "green"],
  ["moved", "green"],
  ["kept", "dim"],
  ["overtaken", "yellow"],
] as const);

/** `server, worker were not published: no tag rule produces a tag here`. */
export function renderUntagged(variants: readonly string[]): string {
  const were = variants.length === 1 ? "was" : "were";
  return `${few(variants)} ${were} not published: no tag rule produces a tag in this run. Change the rules in \`publish\`, or pass --allow-untagged if that is intended`;
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

/**
 * `3 images published, 1 unchanged: 12 blobs mounted, 4 copied (1.2 MB)`: an image is published if
 * one of its tags was written.
 */
export function summarisePublished(results: readonly PublishResult[]): string {
  const done = results.filter(({ error }) => error === undefined);
  const untagged = untaggedVariants(results).length;
  const published = done.filter((result) => tagsOf(result).some(({ moved }) => moved)).length;
  const unchanged = done.length - published - untagged;
  const failed = results.length - done.length;
  const others = [
    ...(unchanged === 0 ? [] : [`${unchanged} unchanged`]),
    ...(untagged === 0 ? [] : [`${untagged} without a tag`]),
    ...(failed === 0 ? [] : [`${failed} failed`]),
  ];
  const images = [`${count(published, "image")} published`, ...others].join(", ");
  const blobs = renderBlobs(results);
  return blobs === "" ? images : `${images}: ${blobs}`;
}

/** `12 blobs mounted, 4 copied (1.2 MB)`; empty if there were none. */
function renderBlobs(results: readonly PublishResult[]): string {
  const targets = results.flatMap((result) => result.targets);
  const sum = (of: (target: (typeof targets)[number]) => number): number =>
    targets.reduce((total, target) => total + of(target), 0);
  const mounted = sum(({ blobsMounted }) => blobsMounted);
  const copied = sum(({ blobsCopied }) => blobsCopied);
  if (mounted + copied === 0) return "";
  const bytes = formatBytes(sum(({ bytesCopied }) => bytesCopied));
  return `${count(mounted, "blob")} mounted, ${copied} copied (${bytes})`;
}

/** The variants that no tag rule gave a tag, in any target: nothing of them is published. */
export function untaggedVariants(results: readonly PublishResult[]): readonly string[] {
  return results
    .filter((result) => result.error === undefined && tagsOf(result).length === 0)
    .map(({ variant }) => variant);
}

function tagsOf({ targets }: PublishResult): readonly PublishedTag[] {
  return targets.flatMap(({ tags }) => tags);
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
