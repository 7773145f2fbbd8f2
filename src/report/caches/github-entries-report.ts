import { count } from "../../count.ts";
import type { ActionsCacheUsage } from "../../cache/github/actions-caches.ts";
import type { JudgedEntry, RefUsage } from "../../cache/github/judge-entries.ts";
import { formatBytes, type Page, renderTable } from "../table.ts";

/** A line for each ref and each of BuildKit's scopes, and how much of the allowance is used. */
export function renderEntries(
  refs: readonly RefUsage[],
  entries: readonly JudgedEntry[],
  { bytes, count: number, allowance }: ActionsCacheUsage,
  page: Page = {},
): string {
  const used = `${count(number, "entry", "entries")}, ${formatBytes(bytes)} of the ${formatBytes(allowance)} that GitHub keeps`;
  if (refs.length === 0) return used;
  const table = renderTable(
    [
      { head: "REF" },
      { head: "STATE" },
      { head: "ENTRIES", right: true },
      { head: "SIZE", right: true },
      { head: "LAST USED" },
    ],
    refs.map(({ ref, isLive, entries: of, bytes: size, lastAccessedAt }) => [
      ref,
      isLive ? "live" : "orphaned",
      String(of),
      formatBytes(size),
      lastAccessedAt,
    ]),
    page,
  );
  const kinds = (["blob", "index", "signature", "actions/cache"] as const).flatMap((kind) => {
    const those = entries.filter((entry) => entry.kind === kind);
    const size = those.reduce((sum, entry) => sum + entry.size, 0);
    return those.length === 0 ? [] : [`${those.length} ${kind} (${formatBytes(size)})`];
  });
  const scopes = [...new Set(entries.flatMap(({ scope }) => scope ?? []))].sort();
  return [
    table,
    "",
    used,
    `by kind: ${kinds.join(", ")}`,
    ...(scopes.length === 0 ? [] : [`scopes of type=gha: ${scopes.join(", ")}`]),
    ...dead(entries),
  ].join("\n");
}

/** What was deleted, or would be. */
export function renderPrunedEntries(
  chosen: readonly (JudgedEntry & { readonly reason: string })[],
  done: boolean,
  page: Page = {},
): string {
  if (chosen.length === 0) return "nothing to delete";
  const size = formatBytes(chosen.reduce((sum, entry) => sum + entry.size, 0));
  const table = renderTable(
    [{ head: "KEY" }, { head: "REF" }, { head: "SIZE", right: true }, { head: "WHY" }],
    chosen.map(({ key, ref, size: bytes, reason }) => [key, ref, formatBytes(bytes), reason]),
    page,
  );
  const what = count(chosen.length, "entry", "entries");
  const last = done
    ? `${what} deleted (${size})`
    : `${what} would be deleted (${size}). Pass --yes to delete them`;
  return `${table}\n\n${last}`;
}

function dead(entries: readonly JudgedEntry[]): readonly string[] {
  const gone = entries.filter(({ state }) => state !== "live");
  if (gone.length === 0) return [];
  const size = formatBytes(gone.reduce((sum, entry) => sum + entry.size, 0));
  return [`no run can use ${size} of this: run \`layerkeep cache gha prune\` to delete it`];
}
