import { compileSelection, type LegSelection, selectLegs } from "../select/select-legs.ts";
import type { Affected } from "./affected.ts";

/**
 * What is affected of the selected legs. Throws a usage error if names or platforms match none of
 * the legs that there are. Pure.
 */
export function keepSelected<Found extends Affected>(found: Found, selection: LegSelection): Found {
  const there = [...found.legs.map(({ id }) => id), ...found.unaffected].map(namedBy);
  const kept = new Set(selectLegs(selection, there, "the config").map(({ id }) => id));
  const isSelected = compileSelection(selection);
  return {
    ...found,
    legs: found.legs.filter(({ id }) => kept.has(id)),
    unaffected: found.unaffected.filter((id) => kept.has(id)),
    removed: found.removed.filter((id) => isSelected(namedBy(id))),
  };
}

function namedBy(id: string): { readonly id: string; readonly variant: string } {
  return { id, variant: id.slice(0, id.indexOf("/")) };
}
