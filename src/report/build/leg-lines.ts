import { count } from "../../count.ts";
import { LayerkeepError } from "../../errors.ts";
import type { LegResult } from "../../pipeline/build/build-leg.ts";
import type { LegEvent } from "../../pipeline/build/build-legs.ts";
import type { GoneBuilder } from "../../pipeline/build/builders/builder-pool.ts";
import { formatSeconds } from "../table.ts";
import { renderFailure } from "./build-report.ts";

/** How a leg ended, in a few words: `built in 4.2 s, 2 of 3 steps cached`. */
export function endOf(result: LegResult): string {
  const time = formatSeconds(result.seconds);
  if (result.outcome === "failed") {
    const { error } = result;
    const isParents = error instanceof LayerkeepError && error.code === "parent";
    return isParents ? error.message : `failed after ${time}`;
  }
  if (result.outcome === "reused") return `reused (${result.reason})`;
  const on = result.builder === undefined ? "" : ` on ${result.builder}`;
  return `${result.outcome}${on} in ${time}, ${result.steps.cached} of ${count(result.steps.all, "step")} cached`;
}

/** What went wrong: a leg that failed, or a builder that went away; empty for any other event. */
export function renderTrouble(event: LegEvent): string {
  if (event.type === "builder-gone") return `warning: ${renderGone(event)}\n`;
  if (event.type !== "ended" || event.result.outcome !== "failed") return "";
  return `${renderFailure(event.result)}\n`;
}

function renderGone({ builder, why, legs, others }: GoneBuilder): string {
  const left = others.map((name) => `"${name}"`).join(" or ");
  return `builder "${builder}" is unavailable (${why}). Rebuilding on ${left}: ${legs.join(", ")}`;
}
