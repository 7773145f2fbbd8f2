import { writeFile } from "node:fs/promises";
import { relative, resolve } from "node:path";
import type { Config } from "../../config/config.ts";
import { recentChanges } from "../../git/recent-changes.ts";
import type { Plan } from "../../plan/plan.ts";
import { findWholeContexts, hasWholeContext, type WholeContext } from "../../plan/whole-context.ts";
import type { Io } from "../io.ts";
import { gitAt, type Probes } from "../run/probes.ts";
import { openSession } from "../run/session.ts";
import { checkMatrixOptions, type MatrixOptions, showMatrices } from "../show/show-matrices.ts";
import { showPlan } from "../show/show-plan.ts";
import { makeRunPlan, type PlanningOptions } from "../run/run-plan.ts";

export interface PlanCommandOptions extends PlanningOptions, MatrixOptions {
  readonly explain?: boolean;
  readonly output?: string;
}

export async function runPlan(
  options: PlanCommandOptions,
  probes: Probes,
  io: Io,
): Promise<number> {
  checkMatrixOptions(options);
  await using session = await openSession(probes, options, io);
  const plan = await makeRunPlan(session, options, io);
  if (options.output !== undefined) {
    await writeFile(resolve(io.cwd, options.output), `${JSON.stringify(plan, null, 2)}\n`);
  }
  if (options.matrix === true) {
    await showMatrices(plan, session, options, io);
    return 0;
  }
  if (!options.json && options.quiet) return 0;
  // Asking for the history takes longer than the plan does.
  const { facts } = await probes.checkout;
  const whole =
    options.explain === true
      ? await wholeContexts(session.config, plan, facts?.root, io)
      : undefined;
  showPlan(plan, options, io, whole);
  return 0;
}

const commitsAsked = 200;

/** The history is asked for once, and only where there is a leg that it could help. */
async function wholeContexts(
  config: Config,
  plan: Plan,
  top: string | undefined,
  io: Io,
): Promise<readonly WholeContext[]> {
  if (!hasWholeContext(plan)) return [];
  const changes = top === undefined ? undefined : await recentChanges(gitAt(top, io), commitsAsked);
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
