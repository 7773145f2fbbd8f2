import { count } from "../../count.ts";
import type { LegExplanation } from "../../pipeline/explain/explain-leg.ts";
import { formatSeconds } from "../table.ts";

/** More legs than these are grouped by what they have in common. */
const mostSingle = 8;
const mostNamed = 5;
/** Of a long list, this many commands are suggested. */
const mostSuggestions = 5;

/** Legs that build, or do not, for the same reasons. */
export interface ExplainedGroup {
  readonly legs: readonly LegExplanation[];
}

/** Legs with the same causes in one group, the largest first; undefined if there are few legs. */
export function groupByCause(
  legs: readonly LegExplanation[],
): readonly ExplainedGroup[] | undefined {
  if (legs.length <= mostSingle) return undefined;
  const groups = new Map<string, LegExplanation[]>();
  for (const leg of legs) {
    const key = keyOf(leg);
    const alike = groups.get(key) ?? [];
    alike.push(leg);
    groups.set(key, alike);
  }
  return [...groups.values()]
    .map((alike) => ({ legs: alike }))
    .sort((a, b) => b.legs.length - a.legs.length);
}

function keyOf({ action, summary, causes }: LegExplanation): string {
  const reasons = causes.length === 0 ? [summary] : causes.map(({ text }) => withoutTime(text));
  return [action, ...reasons].join("\n");
}

/** Legs that one change concerns were seldom built in the same minute. */
function withoutTime(text: string): string {
  return text
    .replace(/since the build of \d{4}-\d\d-\d\d \d\d:\d\d/, "since the last build")
    .replace(/,? on \d{4}-\d\d-\d\d \d\d:\d\d,?/, "");
}

/** A group of several legs: the causes once, some of their names, and what their last builds took. */
export function renderGroup({ legs }: ExplainedGroup): string {
  const [{ action, causes, summary } = nothing] = legs;
  const counted = count(legs.length, "leg");
  const head =
    action === "build"
      ? [
          `${counted} need${legs.length === 1 ? "s" : ""} a build:`,
          ...causes.map(({ text }) => `  - ${legs.length === 1 ? text : withoutTime(text)}`),
        ]
      : [`${counted} ${legs.length === 1 ? "is" : "are"} ${done[action]}: ${summary}`];
  const named = legs.slice(0, mostNamed).map(({ leg }) => leg);
  const more = legs.length - named.length;
  const seconds = legs.reduce((sum, { last }) => sum + (last?.seconds ?? 0), 0);
  const cold = legs.filter(({ last }) => last?.cold === true).length;
  return [
    ...head,
    `  legs: ${named.join(", ")}${more > 0 ? ` and ${more} more` : ""}`,
    ...(seconds === 0 ? [] : [`  their last builds took ${formatSeconds(seconds)} in total`]),
    ...(cold === 0 ? [] : [`  the last build of ${count(cold, "leg")} missed its cache`]),
  ].join("\n");
}

/** The commands that show more about the largest groups, one leg of each. */
export function suggestLegs(groups: readonly ExplainedGroup[]): string {
  const several = groups.filter(({ legs }) => legs.length > 1);
  const lines = several
    .slice(0, mostSuggestions)
    .map(({ legs: [first] }) => `  layerkeep explain ${first?.leg ?? ""}`);
  return ["for the steps and caches of a leg, run for example:", ...lines].join("\n");
}

const done = { build: "built", reuse: "reused", skip: "skipped" } as const;
const nothing = { action: "build", causes: [], summary: "" } as const;
