import type { Plan } from "../../plan/plan.ts";
import { failuresOf, renderExpectedFailure } from "../expected-failures.ts";
import { groupWarnings } from "../plan/group-warnings.ts";
import { summarisePlan } from "../plan/plan-report.ts";
import { trustOf } from "./build-summary.ts";
import { markdownList, markdownTable } from "./markdown.ts";

/** What a plan builds, and why, for a CI job's summary page. */
export function renderPlanSummary(plan: Plan): string {
  const rows = plan.legs
    .filter(({ action }) => action === "build")
    .map(({ id, reason, runner }) => [id, runner ?? "", reason]);
  const epoch = plan.epoch === null ? [] : [`Epoch: ${plan.epoch.value}.`];
  return [
    "### Plan",
    "",
    [`${summarisePlan(plan)}.`, ...epoch, trustOf(plan)].join(" "),
    "",
    ...markdownTable(["leg to build", "runner", "why"], rows),
    ...markdownList(failuresOf(plan, plan.legs).map(renderExpectedFailure), "⚠ "),
    ...markdownList(groupWarnings(plan.warnings, plan), "⚠ "),
    "",
  ].join("\n");
}
