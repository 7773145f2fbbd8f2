/** What has to be done, and in which order. */
export interface Ordered<T> {
  readonly idOf: (item: T) => string;
  /** Ids of what has to be done before an item; those that are no items are left to `run`. */
  readonly needsOf: (item: T) => readonly string[];
  /** How long an item is likely to take. */
  readonly secondsOf: (item: T) => number;
  /** Items that run at once. */
  readonly jobs: number;
  readonly signal: AbortSignal;
}

/**
 * Runs items, several at once, each as soon as all that it needs has been run: first those on
 * which the longest way depends, and among equals in their order. Nothing is begun after an abort.
 * Throws what `run` throws, once all that was begun has ended.
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
    // All that is left waits for what does not run: after an abort, or because it needs itself.
    if (running.size === 0) break;
    await Promise.race(running);
  }
  if (failure !== undefined) throw failure.error;
}

/** Of each item, the seconds until the last of what needs it is done, its own included. */
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
