import { count } from "../../count.ts";
import type { CacheUse } from "../../buildkit/engine/disk-usage.ts";
import { formatBytes, type Page, renderTable } from "../table.ts";

/** Sums over the records of one type, in bytes. */
export interface TypeUse {
  readonly records: number;
  readonly bytes: number;
  readonly reclaimable: number;
  /** Bytes that images use, too. */
  readonly shared: number;
}

/** Sums over all records, and by type, the largest first. */
export function sumByType(uses: readonly CacheUse[]): {
  readonly total: TypeUse;
  readonly types: Readonly<Record<string, TypeUse>>;
} {
  const types = new Map<string, TypeUse>();
  for (const use of uses) types.set(use.type, add(types.get(use.type) ?? none, use));
  const sorted = [...types].sort(([, a], [, b]) => b.bytes - a.bytes);
  return { total: uses.reduce(add, none), types: Object.fromEntries(sorted) };
}

const none: TypeUse = { records: 0, bytes: 0, reclaimable: 0, shared: 0 };

function add(sum: TypeUse, { size, reclaimable, shared }: CacheUse): TypeUse {
  return {
    records: sum.records + 1,
    bytes: sum.bytes + size,
    reclaimable: sum.reclaimable + (reclaimable ? size : 0),
    shared: sum.shared + (shared ? size : 0),
  };
}

/** A line for each type, and the biggest records. */
export function renderEngineUse(uses: readonly CacheUse[], top: number, page: Page = {}): string {
  if (uses.length === 0) return "the builder's cache is empty";
  const biggest = [...uses].sort((a, b) => b.size - a.size).slice(0, top);
  const records = renderTable(
    [
      { head: "SIZE", right: true },
      { head: "USES", right: true },
      { head: "LAST USED" },
      { head: "TYPE" },
      { head: "STEP" },
    ],
    biggest.map(({ size, uses: times, lastUsed, type, description }) => [
      formatBytes(size),
      String(times),
      lastUsed ?? "never",
      type,
      description,
    ]),
    page,
  );
  return `${table(uses, page)}\n\n${records}`;
}

/** What pruning could free. */
export function renderEnginePrune(may: readonly CacheUse[], page: Page = {}): string {
  if (may.length === 0) return "nothing to delete";
  const { total } = sumByType(may);
  return `${table(may, page)}\n\n${count(total.records, "record")} could be deleted, freeing at most ${formatBytes(total.bytes)} (less if a size limit applies). Pass --yes to delete them`;
}

/** What pruning freed. */
export function renderFreed({ freed }: { readonly freed: number }): string {
  return `${formatBytes(freed)} freed`;
}

function table(uses: readonly CacheUse[], page: Page): string {
  const { total, types } = sumByType(uses);
  const row = (name: string, use: TypeUse): string[] => [
    name,
    String(use.records),
    formatBytes(use.bytes),
    formatBytes(use.reclaimable),
    formatBytes(use.shared),
  ];
  return renderTable(
    [
      { head: "TYPE" },
      { head: "RECORDS", right: true },
      { head: "SIZE", right: true },
      { head: "RECLAIMABLE", right: true },
      { head: "SHARED", right: true },
    ],
    [...Object.entries(types).map(([type, use]) => row(type, use)), row("all", total)],
    page,
  );
}
