import { UsageError } from "../../errors.ts";

/**
 * Groups items into levels: an item needs only items of earlier levels. Throws a usage error if
 * they need each other in a cycle.
 */
export function byLevel<T>(
  items: readonly T[],
  nameOf: (item: T) => string,
  needsOf: (item: T) => readonly string[],
): readonly (readonly T[])[] {
  const names = new Set(items.map(nameOf));
  const done = new Set<string>();
  const levels: T[][] = [];
  let open = items;
  while (open.length > 0) {
    const isReady = (item: T): boolean =>
      needsOf(item).every((need) => done.has(need) || !names.has(need));
    const waiting = new Set(open.filter((item) => !isReady(item)).map(nameOf));
    // Items of one name wait together.
    const level = open.filter((item) => !waiting.has(nameOf(item)));
    if (level.length === 0) {
      throw new UsageError(`dependency cycle: ${[...waiting].join(", ")}`);
    }
    levels.push(level);
    for (const item of level) done.add(nameOf(item));
    open = open.filter((item) => waiting.has(nameOf(item)));
  }
  return levels;
}
