import { count } from "../../count.ts";
import type { Restored } from "../../dir/restore/restore.ts";
import type { Saved } from "../../dir/save/save-tree.ts";
import type { FoundCache } from "../../dir/stored/find-cache.ts";
import type { LeftOut } from "../../dir/tree/walk.ts";
import type { DirectoryVerification } from "../../dir/verify.ts";
import {
  type Column,
  formatAbout,
  formatBytes,
  formatSeconds,
  type Page,
  renderTable,
} from "../table.ts";

const mostNames = 3;

/** `saved npm-linux-3f2a: 20,000 files, 1.10 GB; 12.0 MB sent (98 % reused) in 3.2 s`. */
export function renderSaved(saved: Saved, seconds: number): string {
  const { key, files, bytes, sent, stored } = saved;
  const reused = Math.floor(100 * (1 - Math.min(1, sent.bytes / Math.max(stored, 1))));
  const what = `${formatFiles(files)}, ${formatBytes(bytes)}`;
  const how = sent.bytes === 0 ? "nothing sent" : `${formatBytes(sent.bytes)} sent`;
  const share = sent.bytes === 0 ? "unchanged" : `${reused} % reused`;
  return `saved ${key}: ${what}; ${how} (${share}) in ${formatSeconds(seconds)}`;
}

/** What was restored, or that there is no cache. */
export function renderRestored(
  key: string,
  restored: Restored | undefined,
  seconds: number,
): string {
  if (restored === undefined) return `no cache found for ${key}; nothing restored`;
  const { files, bytes, kept, fetched, isExact } = restored;
  const which = isExact ? restored.key : `${restored.key} (no cache of ${key})`;
  const what = `${formatFiles(files)}, ${formatBytes(bytes)}`;
  const keeping = kept === 0 ? "" : `, ${formatFiles(kept)} kept`;
  const how = `${formatBytes(fetched.bytes)} fetched${keeping}`;
  return `restored ${which}: ${what}; ${how} in ${formatSeconds(seconds)}`;
}

/** What could not be saved or compared, one line for each reason. */
export function renderLeftOut(
  { unreadable, special }: LeftOut,
  done: "saved" | "compared" = "saved",
): readonly string[] {
  const line = (paths: readonly string[], what: string): readonly string[] => {
    if (paths.length === 0) return [];
    const more = paths.length > mostNames ? `, and ${paths.length - mostNames} more` : "";
    return [`not ${done}, since ${what}: ${paths.slice(0, mostNames).join(", ")}${more}`];
  };
  return [
    ...line(unreadable, "they cannot be read"),
    ...line(special, "they are sockets, named pipes or devices"),
  ];
}

const columns: readonly Column[] = [
  { head: "KEY" },
  { head: "FILES", right: true },
  { head: "SIZE", right: true },
  { head: "STORED", right: true },
  { head: "SAVED", right: true },
];

/** A table of caches. */
export function renderCaches(caches: readonly FoundCache[], now: number, page: Page): string {
  if (caches.length === 0) return "no directory caches";
  const rows = caches.map(({ key, files, bytes, stored, createdAt }) => {
    const age = formatAbout(Math.max(0, now - Date.parse(createdAt)) / 1000);
    return [key, grouped(files), formatBytes(bytes), formatBytes(stored), `${age} ago`];
  });
  return renderTable(columns, rows, page);
}

/** What was deleted, or would be. */
export function renderRemovedCaches(caches: readonly FoundCache[], isDone: boolean): string {
  const names = caches.map(({ key }) => key).join("\n");
  const number = count(caches.length, "cache");
  return isDone
    ? `deleted ${number}`
    : `${names}\n${number} would be deleted. Pass --yes to delete ${caches.length === 1 ? "it" : "them"}`;
}

/** The result of checks, one line for each cache and each problem. */
export function renderVerifiedDirs(caches: readonly DirectoryVerification[]): string {
  return caches
    .flatMap(({ key, packs, problems }) => [
      `${key}: ${problems.length === 0 ? `complete (${count(packs, "pack")})` : count(problems.length, "problem")}`,
      ...problems.map((problem) => `  ${problem}`),
    ])
    .join("\n");
}

/** `20,000 files`. */
export function formatFiles(number: number): string {
  return `${grouped(number)} ${number === 1 ? "file" : "files"}`;
}

/** `20,000`. */
function grouped(number: number): string {
  return number.toLocaleString("en-US");
}
