import { mostRows } from "../model/most-rows.ts";
import { known, type Text } from "../expressions/value.ts";
import { at, entriesOf, itemsOf, type MapNode, type Node, textOf, textsOf } from "../yaml/node.ts";

/** A job's own values in `parallel:matrix`. */
export type MatrixRow = ReadonlyMap<string, Text>;

/** The rows of `parallel`, as GitLab makes them; one without values if there is none. */
export function parallelRows(job: MapNode): readonly MatrixRow[] {
  const parallel = at(job, "parallel");
  const count = Number(textOf(parallel) ?? Number.NaN);
  if (count > 0) {
    const length = Math.min(count, mostRows);
    return Array.from({ length }, (_, at) => new Map([["CI_NODE_INDEX", known(`${at + 1}`)]]));
  }
  const matrix = at(parallel, "matrix");
  if (matrix?.kind !== "list") return [new Map()];
  return itemsOf(matrix).flatMap(combinations).slice(0, mostRows);
}

function combinations(entry: Node): readonly MatrixRow[] {
  return entriesOf(entry).reduce<readonly MatrixRow[]>(
    (rows, { key, value }) =>
      rows
        .flatMap((row) =>
          textsOf(value).map(({ text }) => new Map([...row, [key.text ?? "", known(text ?? "")]])),
        )
        .slice(0, mostRows),
    [new Map()],
  );
}
