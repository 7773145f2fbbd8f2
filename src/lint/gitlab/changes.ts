import { at, itemsOf, type Node, type ScalarNode, scalarsIn } from "../yaml/node.ts";

/** The patterns of a job's `changes`: in its rules, and in `only` and `except`. */
export function changesIn(job: Node): readonly ScalarNode[] {
  const places = [...itemsOf(at(job, "rules")), at(job, "only"), at(job, "except")];
  return places.flatMap((place) => {
    const changes = at(place, "changes");
    return scalarsIn(changes?.kind === "map" ? at(changes, "paths") : changes);
  });
}
