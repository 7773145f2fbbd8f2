import { byLevel } from "./by-level.ts";

interface Child {
  readonly id: string;
  readonly parents: readonly { readonly leg: string }[];
}

/** Of each leg, the ids of all legs that it is built on, its parents' own included. */
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
