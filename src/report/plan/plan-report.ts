import { count } from "../../count.ts";
import type { Plan, PlannedLeg } from "../../plan/plan.ts";
import type { WholeContext } from "../../plan/whole-context.ts";
import { failuresOf, renderExpectedFailure } from "../expected-failures.ts";
import { groupWarnings } from "./group-warnings.ts";
import { legRows } from "../build/fold-reused.ts";
import { renderRun, type ShownRun } from "../run-report.ts";
import { type Column, type Page, renderTable } from "../table.ts";
import type { Style } from "../terminal/style.ts";
import { renderWholeContexts } from "./whole-context-report.ts";

/** What is printed of a plan. */
interface PlanView {
  readonly explain: boolean;
  /** Where the run happens, what it writes, and what it publishes. */
  readonly run?: ShownRun | undefined;
  readonly wholeContexts?: readonly WholeContext[];
  readonly page?: Page;
}

/** The plan as a table: a line per leg, many legs that are reused in one; then a summary. */
export function renderPlan(plan: Plan, options: PlanView): string {
  const parts = [
    renderTable(columns, rowsOf(plan.legs), options.page),
    "",
    summarisePlan(plan),
    `trust: ${plan.trust.level} (${plan.trust.reason})`,
    ...(plan.epoch === null ? [] : [`epoch: ${plan.epoch.value} (${plan.epoch.arg})`]),
    ...(options.run === undefined ? [] : renderRun(options.run, options.page)),
    ...failuresOf(plan, plan.legs).map((failure) => `warning: ${renderExpectedFailure(failure)}`),
    ...groupWarnings(plan.warnings, plan).map((warning) => `warning: ${warning}`),
    ...renderWholeContexts(options.wholeContexts ?? []),
    ...(options.explain ? ["", ...plan.legs.map(explainLeg)] : []),
  ];
  return parts.join("\n");
}

const actionStyles: ReadonlyMap<string, Style> = new Map([
  ["build", "green"],
  ["reuse", "dim"],
  ["skip", "dim"],
] as const);

const columns: readonly Column[] = [
  { head: "LEG" },
  { head: "ACTION", styleOf: (cell) => actionStyles.get(cell) },
  { head: "INPUTS", optional: true },
  { head: "WHY" },
];

function rowsOf(legs: readonly PlannedLeg[]): readonly (readonly string[])[] {
  return legRows(legs, {
    isReused: ({ action }) => action === "reuse",
    reasonOf: ({ reason }) => reason,
    rowOf: ({ id, action, input, reason }) => [id, action, shortDigest(input.digest), reason],
    foldOf: (names, reason) => [names, "reuse", "", reason],
  });
}

/** `6 legs: 2 to build, 4 already staged`. */
export function summarisePlan({ legs }: Pick<Plan, "legs">): string {
  const number = (action: PlannedLeg["action"]): number =>
    legs.filter((leg) => leg.action === action).length;
  const skipped = number("skip");
  const left = skipped === 0 ? "" : `, ${skipped} skipped`;
  return `${count(legs.length, "leg")}: ${number("build")} to build, ${number("reuse")} already staged${left}`;
}

/** Everything that the plan has on a leg. */
function explainLeg(leg: PlannedLeg): string {
  const from = leg.cache.from.map(
    (cache) => `    reads   ${describeCache(cache.type, cache.attributes)}`,
  );
  const to = leg.cache.to.map(
    (cache) => `    writes  ${describeCache(cache.type, cache.attributes)}`,
  );
  const parts = Object.entries(leg.input.parts).map(([name, value]) => `    ${name} = ${value}`);
  return [
    `${leg.id}: ${leg.action}, because ${leg.reason}`,
    ...(leg.staged === null ? [] : [`  staged as ${leg.staged.leg}`]),
    "  caches",
    ...(from.length + to.length === 0 ? ["    none"] : [...from, ...to]),
    `  inputs ${leg.input.digest}`,
    ...parts,
    "",
  ].join("\n");
}

function describeCache(type: string, attributes: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(attributes).map(([key, value]) => `${key}=${value}`);
  return [`type=${type}`, ...pairs].join(",");
}

function shortDigest(digest: string): string {
  return digest.slice(digest.indexOf(":") + 1, digest.indexOf(":") + 13);
}
