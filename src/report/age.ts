import { count } from "../count.ts";

/** How long ago a time in RFC 3339 was: `3 days ago`, `just now` within a minute. A text that is no time stays as it is. */
export function formatAge(time: string, now: Date): string {
  const minutes = Math.floor((now.getTime() - Date.parse(time)) / 60_000);
  if (!(minutes >= 0)) return time;
  if (minutes === 0) return "just now";
  if (minutes < 60) return `${count(minutes, "minute")} ago`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${count(hours, "hour")} ago` : `${count(Math.floor(hours / 24), "day")} ago`;
}

/** `2026-11-21 04:05`, in UTC. */
export function formatMinute(time: string): string {
  return time.slice(0, "2026-11-21T04:05".length).replace("T", " ");
}
