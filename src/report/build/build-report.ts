import { LayerkeepError } from "../../errors.ts";
import { harmless } from "../../harmless.ts";
import type { LegResult } from "../../pipeline/build/build-leg.ts";
import { warningsOfLegs } from "./dockerfile-warnings.ts";
import { count } from "../../count.ts";
import { formatBytes, formatSeconds, renderTable } from "../table.ts";

/** A line per leg: its result, steps, time and size. */
export function renderLegResults(results: readonly LegResult[]): string {
  const columns = [
    { head: "LEG" },
    { head: "RESULT" },
    { head: "CACHED", right: true },
    { head: "TIME", right: true },
    { head: "SIZE", right: true },
    { head: "CACHE" },
    { head: "WHY" },
  ];
  return renderTable(columns, results.map(legRow));
}

/** `6 legs: 2 built, 4 reused; 3 Dockerfile warnings`. */
export function summariseLegs(results: readonly LegResult[]): string {
  const outcomes = ["built", "checked", "reused", "failed"] as const;
  const parts = outcomes
    .map(
      (outcome) =>
        [results.filter((result) => result.outcome === outcome).length, outcome] as const,
    )
    .filter(([number]) => number > 0)
    .map(([number, outcome]) => `${number} ${outcome}`);
  const warnings = warningsOfLegs(results).length;
  const lint = warnings === 0 ? "" : `; ${count(warnings, "Dockerfile warning")}`;
  return `${count(results.length, "leg")}: ${parts.join(", ") || "nothing to do"}${lint}`;
}

/** Warnings about legs that did not fail. */
export function legWarnings(results: readonly LegResult[]): string[] {
  return results.flatMap((result) => result.warnings.map((warning) => `${result.leg}: ${warning}`));
}

/** For each leg that went cold: which steps ran, how long they took, and why. */
export function coldLines(results: readonly LegResult[]): string[] {
  return results.flatMap((result) =>
    result.outcome === "failed" || result.cold === undefined
      ? []
      : [`${result.leg} went cold: ${result.cold}`],
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
