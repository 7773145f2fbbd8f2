import type { StaleLegs } from "../../pipeline/find-stale.ts";
import { formatAge } from "../age.ts";
import { count } from "../../count.ts";
import { type Column, type Page, renderTable } from "../table.ts";

const columns: readonly Column[] = [
  { head: "LEG" },
  { head: "BUILT", optional: true },
  { head: "BASE" },
  { head: "FROM", optional: true },
  { head: "TO", optional: true },
];

/** A line for each base that moved, then what would be built. */
export function renderStale(found: StaleLegs, now: Date, page: Page = {}): string {
  const { legs, rebuilds, unbuilt, of } = found;
  const never =
    unbuilt.length === 0
      ? []
      : [`${count(unbuilt.length, "leg")} without a finished build: ${unbuilt.join(", ")}`];
  if (legs.length === 0) {
    const built = of - unbuilt.length;
    return [...never, `0 of ${count(built, "leg")} stale: no changed base images found`].join("\n");
  }
  const rows = legs.flatMap(({ leg, builtAt, bases }) =>
    bases.map(({ ref, from, to }) => [leg, formatAge(builtAt, now), ref, short(from), short(to)]),
  );
  const stale = new Set(legs.map(({ leg }) => leg));
  const children = rebuilds.filter((id) => !stale.has(id));
  const built =
    children.length === 0
      ? ""
      : `, and the legs built on ${legs.length === 1 ? "it" : "them"}: ${children.join(", ")}`;
  return [
    renderTable(columns, rows, page),
    "",
    ...never,
    `${legs.length} of ${count(of - unbuilt.length, "leg")} stale. Run \`layerkeep up --stale\` to rebuild ${legs.length === 1 ? "it" : "them"}${built}`,
  ].join("\n");
}

function short(digest: string): string {
  return digest.slice(0, "sha256:".length + 12);
}
