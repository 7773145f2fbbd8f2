import { count } from "../../count.ts";
import type { FoundCache } from "../../dir/stored/find-cache.ts";
import type { BuildCacheCounts } from "../../server/build-cache/handler.ts";
import { formatBytes, formatSeconds } from "../table.ts";
import { formatFiles } from "./dir-report.ts";

/** What is served, or that there is nothing yet. */
export function renderOpened(key: string, found: FoundCache | undefined, seconds: number): string {
  if (found === undefined) return `no cache found for ${key}; it begins empty`;
  const which = found.key === key ? key : `${found.key} (no cache of ${key})`;
  const what = `${formatFiles(found.files)}, ${formatBytes(found.bytes)}`;
  return `opened ${which}: ${what}, fetched when asked for, in ${formatSeconds(seconds)}`;
}

/** What a build cache did: `12 hits, 3 misses (80 % hits), 3 objects written, 4.00 MB fetched`. */
export function renderServed(
  { hits, misses, written, refused }: BuildCacheCounts,
  fetched: number,
): string {
  const asked = hits + misses;
  const rate = asked === 0 ? "" : ` (${Math.floor((100 * hits) / asked)} % hits)`;
  const kept = refused === 0 ? "" : `, ${count(refused, "write")} refused`;
  const what = `${count(hits, "hit")}, ${count(misses, "miss", "misses")}${rate}`;
  const from = fetched === 0 ? "" : `, ${formatBytes(fetched)} fetched`;
  return `${what}, ${count(written, "object")} written${kept}${from}`;
}
