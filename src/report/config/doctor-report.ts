import type { Check } from "../../pipeline/doctor/check.ts";
import { count } from "../../count.ts";

const signs: Readonly<Record<Check["outcome"], string>> = {
  ok: "✓ ok  ",
  warn: "! warn",
  fail: "✗ fail",
};

/** A line for each check, and what to do: first about what fails. */
export function renderDoctor(checks: readonly Check[]): string {
  const lines = checks.map(
    ({ outcome, title, detail }) => `${signs[outcome]}  ${title}: ${detail}`,
  );
  const todo = [...adviceOf(checks, "fail"), ...adviceOf(checks, "warn")];
  const steps = [...new Set(todo)].map((advice, index) => `  ${index + 1}. ${advice}`);
  const of = (outcome: Check["outcome"]): number =>
    checks.filter((check) => check.outcome === outcome).length;
  const failing = of("fail") === 0 ? "no failures" : count(of("fail"), "failure");
  const verdict = `${failing}, ${count(of("warn"), "warning")}`;
  return [...lines, "", ...(steps.length === 0 ? [] : ["what to do:", ...steps, ""]), verdict].join(
    "\n",
  );
}

function adviceOf(checks: readonly Check[], outcome: Check["outcome"]): readonly string[] {
  return checks.flatMap((check) =>
    check.outcome === outcome && check.advice !== undefined ? [check.advice] : [],
  );
}
