import { count } from "../../count.ts";
import { LayerkeepError } from "../../errors.ts";
import { harmless } from "../../harmless.ts";
import type { LegResult } from "../../pipeline/build/build-leg.ts";
import { warningsOfLegs } from "./dockerfile-warnings.ts";
import {
  type Column,
  formatAbout,
  formatBytes,
  formatSeconds,
  type Page,
  renderTable,
} from "../table.ts";
import type { Style } from "../terminal/style.ts";
import { legRows } from "./fold-reused.ts";

/** A line per leg: its result, steps, time and size. Many legs that are reused share a line. */
export function renderLegResults(results: readonly LegResult[], page: Page = {}): string {
  const columns: readonly Column[] = [
    { head: "LEG" },
    { head: "RESULT", styleOf: (cell) => outcomeStyles.get(cell) },
    { head: "CACHED", right: true, optional: true },
    { head: "TIME", right: true },
    { head: "SIZE", right: true, optional: true },
    { head: "CACHE", optional: true },
    { head: "WHY" },
  ];
  const rows = legRows(results, {
    isReused: ({ outcome }) => outcome === "reused",
    reasonOf: (result) => (result.outcome === "failed" ? "" : result.reason),
    rowOf: legRow,
    foldOf: (legs, reason) => [legs, "reused", "", "", "", "", reason],
  });
  return renderTable(columns, rows, page);
}

const outcomeStyles: ReadonlyMap<string, Style> = new Map([
  ["built", "green"],
  ["checked", "green"],
  ["reused", "dim"],
  ["failed", "red"],
] as const);

/** `9 legs: 8 reused, 1 built; 3 Dockerfile warnings`. */
export function summariseLegs(results: readonly LegResult[]): string {
  return `${count(results.length, "leg")}: ${outcomesOf(results)}${lintOf(results)}`;
}

/**
 * `8 reused, 1 built in 12 s; about 3 min saved`, if it is known how long the last build of each
 * reused leg took. `seconds`: how long the run took.
 */
export function summariseRun(results: readonly LegResult[], seconds: number): string {
  if (results.length === 0) return outcomesOf(results);
  const saved = secondsSaved(results);
  const saving = saved === undefined ? "" : `; about ${formatAbout(saved)} saved`;
  return `${outcomesOf(results)} in ${formatSeconds(seconds)}${saving}${lintOf(results)}`;
}

function outcomesOf(results: readonly LegResult[]): string {
  const parts = (["reused", "built", "checked", "failed"] as const)
    .map(
      (outcome) =>
        [results.filter((result) => result.outcome === outcome).length, outcome] as const,
    )
    .filter(([number]) => number > 0)
    .map(([number, outcome]) => `${number} ${outcome}`);
  return parts.join(", ") || "nothing to do";
}

function lintOf(results: readonly LegResult[]): string {
  const warnings = warningsOfLegs(results).length;
  return warnings === 0 ? "" : `; ${count(warnings, "Dockerfile warning")}`;
}

/** Seconds; undefined if that of a leg is unknown, or if there is nothing to mention. */
function secondsSaved(results: readonly LegResult[]): number | undefined {
  const reused = results.flatMap((result) => (result.outcome === "reused" ? [result.saved] : []));
  const known = reused.filter((seconds) => seconds !== undefined);
  const sum = known.reduce((all, seconds) => all + seconds, 0);
  return known.length === reused.length && sum >= 1 ? sum : undefined;
}

/** Warnings about legs that did not fail. */
export function legWarnings(results: readonly LegResult[]): string[] {
  return results.flatMap((result) => result.warnings.map((warning) => `${result.leg}: ${warning}`));
}

/** For each leg that was built with a cold cache: which steps ran, how long they took, and why. */
export function coldLines(results: readonly LegResult[]): string[] {
  return results.flatMap((result) =>
    result.outcome === "failed" || result.cold === undefined
      ? []
      : [`${result.leg} was built with a cold cache: ${result.cold}`],
  );
}

/** A failed leg: the step, its last output, the error. */
export function renderFailure({ leg, error, step }: FailedLeg): string {
  const known = error instanceof LayerkeepError;
  const hint = known ? error.hint : "this is a bug in Layerkeep; please report it";
  const what =
    step === null
      ? [known ? error.message : (error.stack ?? error.message)]
      : [`step ${step.name}`, ...step.log.map((line) => `  | ${line}`), step.error];
  const told = [
    `${leg} failed: ${what.join("\n")}`,
    ...(hint === undefined ? [] : [`hint: ${hint}`]),
  ];
  return harmless(told.join("\n"));
}

type FailedLeg = Extract<LegResult, { outcome: "failed" }>;

/** The cells of a leg's row. */
export function legRow(result: LegResult): string[] {
  const time = formatSeconds(result.seconds);
  if (result.outcome === "failed") {
    return [result.leg, "failed", "", time, "", "", failureLine(result)];
  }
  const { steps, bytes, cache } = result;
  const cached = result.outcome === "reused" ? "" : `${steps.cached}/${steps.all}`;
  const size = bytes === 0 ? "" : formatBytes(bytes);
  const written = cache === null ? "" : cacheWords[cache];
  return [result.leg, result.outcome, cached, time, size, written, result.reason];
}

const cacheWords = {
  yes: "written",
  unchecked: "written, not checked",
  failed: "NOT WRITTEN",
  "not-asked": "",
} as const;

function failureLine({ error, step }: FailedLeg): string {
  return step === null ? (error.message.split("\n", 1)[0] ?? "") : `${step.name}: ${step.error}`;
}
