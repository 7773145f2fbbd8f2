import type { TagForecast } from "../../pipeline/publish/forecast.ts";
import { count } from "../../count.ts";
import { type Page, renderTable, shortDigest } from "../table.ts";

const columns = [
  { head: "IMAGE", keepsEnd: true },
  { head: "NOW" },
  { head: "THEN" },
  { head: "WHY" },
];

/**
 * A line for each tag of a dry run: what it points to now, and what it would point to. Below them,
 * what was not done, and how many tags would be created or moved.
 */
export function renderForecast(tags: readonly TagForecast[], notDone: string, page?: Page): string {
  const summary = `${notDone}: ${summariseForecast(tags)}`;
  return tags.length === 0
    ? summary
    : `${renderTable(columns, forecastRows(tags), page)}\n\n${summary}`;
}

function forecastRows(tags: readonly TagForecast[]): readonly (readonly string[])[] {
  return tags.map(({ repository, tag, before, after, moves, reason }) => {
    const now = before === null ? "-" : shortDigest(before);
    const built = after === null ? "the new build" : shortDigest(after);
    return [`${repository}:${tag}`, now, moves ? built : "stays", reason];
  });
}

/** `2 tags would be created, 1 moved, 1 left as it is`. */
function summariseForecast(tags: readonly TagForecast[]): string {
  const moving = tags.filter(({ moves }) => moves);
  const fresh = moving.filter(({ before }) => before === null).length;
  const stay = tags.length - moving.length;
  if (tags.length === 0) return "no tag would be published";
  return `${count(fresh, "tag")} would be created, ${moving.length - fresh} moved, ${stay} left as ${stay === 1 ? "it is" : "they are"}`;
}
