import { relative } from "node:path";
import { UsageError } from "../../errors.ts";
import type { Config } from "../../config/config.ts";
import { keepChosen } from "../../plan/select/leave-out.ts";
import { recentChanges } from "../../git/history/recent-changes.ts";
import type { Plan } from "../../plan/plan.ts";
import { findWholeContexts, hasWholeContext, type WholeContext } from "../../plan/whole-context.ts";
import { renderPlanSummary } from "../../report/summary/plan-summary.ts";
import { warningsAbout } from "../../report/plan/warnings-about.ts";
import type { Io } from "../io.ts";
import { choosePlanned, type SelectingOptions } from "../run/plan/choose-planned.ts";
import { gitAt, type Probes } from "../run/probes.ts";
import { openSession } from "../run/session.ts";
import { writeSummary } from "../run/step-summary.ts";
import { isStandardOutput } from "../files/standard.ts";
import { writeNamedFile } from "../files/write-named-file.ts";
import type { PlannedRun } from "../watch/watch-runs.ts";
import { type MatrixOptions, showMatrices } from "./show-matrices.ts";
import { annotateFailures, warnOfFailures } from "./show-failures.ts";
import { showPlan } from "./show-plan.ts";
import { makeRunPlan, type PlanningOptions } from "../run/plan/run-plan.ts";

/** How a new plan is shown. */
export interface PlanView {
  readonly explain: boolean | undefined;
  /** A file that the plan is written to. */
  readonly output: string | undefined;
  /** Matrices are shown instead of the plan. */
  readonly matrix: MatrixOptions | undefined;
  /** Called with the plan, and the legs of it that are shown. */
  readonly onPlan?: (planned: PlannedRun) => void;
}

/** Makes a plan of what names and flags select, and prints it. */
export async function showNewPlan(
  names: readonly string[],
  probes: Probes,
  options: PlanningOptions & SelectingOptions,
  { explain, output, matrix, onPlan }: PlanView,
  io: Io,
): Promise<void> {
  if (options.as !== undefined && output !== undefined) {
    throw new UsageError("--as cannot be used with --output, because it only simulates a run");
  }
  const need = { command: "plan", access: "read" } as const;
  await using session = await openSession(probes, options, io, need);
  const made = await makeRunPlan(session, options, io);
  const chosen = await choosePlanned(made, names, options, session, io);
  onPlan?.({ plan: made, legs: chosen.legs, session });
  const plan = keepChosen(made, chosen);
  const isPrinted = output !== undefined && isStandardOutput(output);
  const shown = options.json || isPrinted ? plan : onlyNamed(plan, chosen.named);
  if (output !== undefined && !isPrinted) {
    await writeNamedFile(output, `${JSON.stringify(plan, null, 2)}\n`, io);
  }
  if (options.as === undefined) await writeSummary(renderPlanSummary(shown), io);
  const { root } = session.config;
  if (matrix !== undefined) {
    warnOfFailures(plan, plan.legs, root, io);
    await showMatrices(plan, session, matrix, io);
    return;
  }
  annotateFailures(plan, plan.legs, root, io);
  // Only if it is needed: reading the history takes longer than planning.
  const { facts } = await probes.checkout;
  const whole =
    explain === true ? await wholeContexts(session.config, shown, facts?.root, io) : undefined;
  const view = { ...options, json: options.json || isPrinted, explain };
  showPlan(shown, view, io, { wholeContexts: whole });
}

/** What is named, for a reader: other legs are of no interest. */
function onlyNamed(plan: Plan, named: ReadonlySet<string> | undefined): Plan {
  if (named === undefined) return plan;
  const legs = plan.legs.filter(({ id }) => named.has(id));
  return { ...plan, legs, warnings: warningsAbout(plan, [...named]) };
}

const commitsRead = 200;

/** Reads the history once, and only if it could help with one of the legs. */
async function wholeContexts(
  config: Config,
  plan: Plan,
  top: string | undefined,
  io: Io,
): Promise<readonly WholeContext[]> {
  if (!hasWholeContext(plan)) return [];
  const changes = top === undefined ? undefined : await recentChanges(gitAt(top, io), commitsRead);
  const fromRoot = (path: string): string =>
    relative(config.root, `${top ?? ""}/${path}`)
      .split("\\")
      .join("/");
  return findWholeContexts(
    config,
    plan,
    changes?.map((paths) => paths.map(fromRoot)),
  );
}
