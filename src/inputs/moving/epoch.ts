/** How long an epoch lasts. */
export type EpochPeriod = "week" | "day" | "hour";

/**
 * The name of the refresh period that `now` is in, in UTC: `2026-W47` (ISO 8601 week-year and week,
 * `%G-W%V`), `2026-11-21` or `2026-11-21T04`.
 */
export function epochOf(every: EpochPeriod, now: Date): string {
  switch (every) {
    case "week": {
      const { year, week } = isoWeekOf(now);
      return `${pad(year, 4)}-W${pad(week, 2)}`;
    }
    case "day":
      return now.toISOString().slice(0, "2026-11-21".length);
    case "hour":
      return now.toISOString().slice(0, "2026-11-21T04".length);
  }
}

/** The ISO 8601 week of a moment in UTC. Its year is that of the week's Thursday, not of the day. */
export function isoWeekOf(date: Date): { readonly year: number; readonly week: number } {
  const midnight = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate());
  const daysSinceMonday = (date.getUTCDay() + 6) % 7;
  const thursday = midnight + (3 - daysSinceMonday) * dayMs;
  const year = new Date(thursday).getUTCFullYear();
  const week = 1 + Math.floor((thursday - Date.UTC(year, 0, 1)) / (7 * dayMs));
  return { year, week };
}

const dayMs = 86_400_000;

function pad(value: number, width: number): string {
  return String(value).padStart(width, "0");
}
