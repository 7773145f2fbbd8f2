import type { ActionsCache } from "./actions-caches.ts";
import { type EntryKey, parseEntryKey } from "./entry-keys.ts";

/**
 * `orphaned`: its branch is deleted or its pull request closed, so no run can read it.
 * `superseded`: a newer index of the same scope and ref replaced it; for a signature, no signed
 * index of its ref is left. Only an index's content shows which signature belongs to it, so a
 * signature is kept as long as it may belong to any.
 */
export type EntryState = "live" | "orphaned" | "superseded";

export interface JudgedEntry extends ActionsCache {
  /** Whether it belongs to BuildKit's `type=gha` or to actions/cache. */
  readonly kind: EntryKey["kind"];
  /** Set for an index. */
  readonly scope: string | null;
  readonly state: EntryState;
}

/** The entries of one ref, and their total size. */
export interface RefUsage {
  readonly ref: string;
  readonly isLive: boolean;
  readonly entries: number;
  readonly bytes: number;
  /** RFC 3339. */
  readonly lastAccessedAt: string;
}

/** What each entry is, and whether any run can still use it. Pure. */
export function judgeEntries(
  entries: readonly ActionsCache[],
  live: ReadonlySet<string>,
): readonly JudgedEntry[] {
  const newest = new Map<string, number>();
  const placed = entries.map((entry) => ({ entry, key: parseEntryKey(entry.key) }));
  const placeOf = (entry: ActionsCache, name: string): string => `${entry.ref} ${name}`;
  const signedRefs = new Set<string>();
  for (const { entry, key } of placed) {
    if (key.kind !== "index") continue;
    if (key.isSigned) signedRefs.add(entry.ref);
    const place = placeOf(entry, key.name);
    newest.set(place, Math.max(newest.get(place) ?? 0, key.number));
  }
  return placed.map(({ entry, key }): JudgedEntry => {
    const isNeeded =
      key.kind === "index"
        ? newest.get(placeOf(entry, key.name)) === key.number
        : key.kind !== "signature" || signedRefs.has(entry.ref);
    return {
      ...entry,
      kind: key.kind,
      scope: key.kind === "index" ? key.scope : null,
      state: !live.has(entry.ref) ? "orphaned" : isNeeded ? "live" : "superseded",
    };
  });
}

/** Bytes by ref, the largest first. Pure. */
export function usageByRef(
  entries: readonly ActionsCache[],
  live: ReadonlySet<string>,
): readonly RefUsage[] {
  const refs = new Map<string, RefUsage>();
  for (const { ref, size, lastAccessedAt } of entries) {
    const before = refs.get(ref);
    const times = [before?.lastAccessedAt ?? lastAccessedAt, lastAccessedAt];
    refs.set(ref, {
      ref,
      isLive: live.has(ref),
      entries: (before?.entries ?? 0) + 1,
      bytes: (before?.bytes ?? 0) + size,
      lastAccessedAt: times.sort().at(-1) ?? lastAccessedAt,
    });
  }
  return [...refs.values()].sort((a, b) => b.bytes - a.bytes);
}
