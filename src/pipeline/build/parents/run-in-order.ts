/** How items depend on each other, and how many run at once. */
export interface Ordered<T> {
  readonly idOf: (item: T) => string;
  /** Ids of the items that must run before this one; ids of other things are ignored. */
  readonly needsOf: (item: T) => readonly string[];
  /** How long an item will probably take. */
  readonly secondsOf: (item: T) => number;
  /** The most items to run at once. */
  readonly jobs: number;
  readonly signal: AbortSignal;
}

/**
 * Runs items concurrently, each after everything that it needs. Of those that are ready, the item
 * with the longest remaining chain starts first; equal ones start in their order. Starts nothing
 * after an abort. If `run` throws, throws that error after the running items have ended.
 */
export async function runInOrder<T>(
  items: readonly T[],
  order: Ordered<T>,
  run: (item: T) => Promise<void>,
): Promise<void> {
  const { idOf, needsOf, jobs, signal } = order;
  const ahead = secondsAhead(items, order);
  const open = new Set([...items].sort((a, b) => (ahead.get(b) ?? 0) - (ahead.get(a) ?? 0)));
  const undone = new Set(items.map(idOf));
  const running = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;
  while (open.size > 0 || running.size > 0) {
    const isOver = signal.aborted || failure !== undefined;
    const ready = isOver
      ? []
      : [...open].filter((item) => !needsOf(item).some((id) => undone.has(id)));
    for (const item of ready.slice(0, jobs - running.size)) {
      open.delete(item);
      const job = run(item)
        .catch((error: unknown) => {
          failure ??= { error };
        })
        .finally(() => {
          undone.delete(idOf(item));
          running.delete(job);
        });
      running.add(job);
    }
    // The rest can never start: after an abort, or because of a circle.
    if (running.size === 0) break;
    await Promise.race(running);
  }
  if (failure !== undefined) throw failure.error;
}

/** For each item, the seconds of the longest chain that starts with it. */
function secondsAhead<T>(
  items: readonly T[],
  { idOf, needsOf, secondsOf }: Ordered<T>,
): ReadonlyMap<T, number> {
  const needing = new Map<string, T[]>();
  for (const item of items) {
    for (const need of needsOf(item)) needing.set(need, [...(needing.get(need) ?? []), item]);
  }
  const known = new Map<T, number>();
  const visit = (item: T): number => {
    const found = known.get(item);
    if (found !== undefined) return found;
    known.set(item, 0);
    const after = Math.max(0, ...(needing.get(idOf(item)) ?? []).map(visit));
    known.set(item, secondsOf(item) + after);
    return secondsOf(item) + after;
  };
  for (const item of items) visit(item);
  return known;
}
