import { byLevel } from "./by-level.ts";

interface Child {
  readonly id: string;
  readonly parents: readonly { readonly leg: string }[];
}

/** For each leg, the ids of its parents, their parents, and so on. */
export function ancestorsOf(legs: readonly Child[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  const direct = ({ parents }: Child): readonly string[] => parents.map(({ leg }) => leg);
  for (const leg of byLevel(legs, ({ id }) => id, direct).flat()) {
    const parents = direct(leg);
    const all = parents.flatMap((id) => [...(found.get(id) ?? []), id]);
    found.set(leg.id, [...new Set(all)]);
  }
  return found;
}
