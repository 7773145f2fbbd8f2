import type { LastBuild, LegExplanation } from "../../pipeline/explain/explain-leg.ts";
import { formatMinute } from "../age.ts";
import { count } from "../../count.ts";
import { groupByCause, renderGroup, suggestLegs } from "./explain-groups.ts";
import { formatSeconds } from "../table.ts";

/**
 * Explanations for a reader: a paragraph per leg or, if there are many, one for all legs with the
 * same causes.
 */
export function renderExplanations(legs: readonly LegExplanation[], asked: number): string {
  if (legs.length === 0) {
    return `nothing to explain: ${asked === 1 ? "the leg is" : `all ${asked} legs are`} already staged, and no leg's last build missed its cache`;
  }
  const groups = groupByCause(legs);
  if (groups === undefined) return legs.map(renderExplanation).join("\n\n");
  const paragraphs = groups.map((group) => {
    const [first, ...others] = group.legs;
    return first !== undefined && others.length === 0
      ? renderExplanation(first)
      : renderGroup(group);
  });
  const isGrouped = groups.some((group) => group.legs.length > 1);
  return [...paragraphs, ...(isGrouped ? [suggestLegs(groups)] : [])].join("\n\n");
}

function renderExplanation({
  leg,
  action,
  causes,
  summary,
  last,
  caches,
  notes,
}: LegExplanation): string {
  const head =
    action !== "build"
      ? [`${leg} is ${action === "reuse" ? "reused" : "skipped"}: ${summary}`]
      : [`${leg} needs a build:`, ...causes.map(({ text }) => `  - ${text}`)];
  const bad = caches.filter(({ state }) => state !== "there" && state !== "not-looked");
  return [
    ...head,
    ...(last === null ? [] : renderLast(last)),
    ...bad.map(({ text }) => `  now: ${text}`),
    ...notes.map((note) => `  note: ${note}`),
  ].join("\n");
}

const mostSteps = 12;

function renderLast(last: LastBuild): string[] {
  const when = formatMinute(last.startedAt);
  const where = last.recorded === "here" ? ", recorded on this machine" : "";
  const { cached, all } = last.steps;
  const head = `  its last build (${when}, ${last.result}${where}) took ${formatSeconds(last.seconds)}: ${cached} of ${count(all, "step")} cached`;
  if (last.missed.length === 0) return [head];
  const steps = last.missed.slice(0, mostSteps).map(({ step, seconds, cause }) => {
    const why = cause === null ? "after a step that ran" : cause.text;
    return `    ${formatSeconds(seconds).padStart(8)}  ${clip(step)}\n              ${why}`;
  });
  const more = last.missed.length - mostSteps;
  return [
    `${head}; ${count(last.missed.length, "step")} ran, in ${formatSeconds(last.cost)}${last.cold ? " (cold cache)" : ""}`,
    ...steps,
    ...(more > 0 ? [`    and ${more} more`] : []),
    ...(last.failure === null
      ? []
      : [`    it failed: ${last.failure.error.split("\n", 1)[0] ?? ""}`]),
  ];
}

const longestStep = 90;

function clip(step: string): string {
  const line = step.replace(/\s+/g, " ");
  return line.length <= longestStep ? line : `${line.slice(0, longestStep - 1)}…`;
}
