import { sameInAllRuns } from "../expressions/value.ts";
import type { CacheUse } from "./caches.ts";

/** Uses of caches in very many runs, which cannot all be compared with each other. */
export interface CacheUses {
  readonly all: readonly CacheUse[];
  /** Those that may be uses of the same cache: any other certainly is not. */
  readonly like: (use: CacheUse) => readonly CacheUse[];
}

export function cacheUses(all: readonly CacheUse[]): CacheUses {
  const named = new Map<string, CacheUse[]>();
  for (const use of all) {
    const group = named.get(keyOf(use)) ?? [];
    if (group.length === 0) named.set(keyOf(use), group);
    group.push(use);
  }
  const groups = [...named.values()];
  const known = new Map<string, readonly CacheUse[]>();
  // A name that is known is another one's only if a part of that is not known.
  const open = new Set(groups.filter(([first]) => first !== undefined && !isNameKnown(first)));
  return {
    all,
    like: (use) => {
      const key = keyOf(use);
      const before = known.get(key);
      if (before !== undefined) return before;
      const own = named.get(key);
      const others = isNameKnown(use)
        ? groups.filter((group) => group === own || open.has(group))
        : groups;
      const found = others.filter(([first]) => first !== undefined && mayBeSame(first, use)).flat();
      known.set(key, found);
      return found;
    },
  };
}

function isNameKnown({ name }: CacheUse): boolean {
  return name.unknown.length === 0;
}

/** What is not the same in all runs is not the same in one, either. */
function mayBeSame(one: CacheUse, other: CacheUse): boolean {
  return one.settings.type === other.settings.type && sameInAllRuns(one.name, other.name) !== false;
}

function keyOf({ settings, name }: CacheUse): string {
  return `${settings.type ?? ""}\0${name.text}`;
}
