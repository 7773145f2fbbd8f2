import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { renderPlan } from "../../report/plan-report.ts";
import type { Io } from "../io.ts";
import type { Probes } from "../probes.ts";
import { openSession } from "../session.ts";
import { makeRunPlan, type PlanningOptions } from "../run-plan.ts";

export interface PlanCommandOptions extends PlanningOptions {
  readonly explain?: boolean;
  readonly output?: string;
}

export async function runPlan(
  options: PlanCommandOptions,
  probes: Probes,
  io: Io,
): Promise<number> {
  await using session = await openSession(probes, options, io);
  const plan = await makeRunPlan(session, options, io);
  const json = `${JSON.stringify(plan, null, 2)}\n`;
  if (options.output !== undefined) await writeFile(resolve(io.cwd, options.output), json);
  if (options.json) io.out(json);
  else if (!options.quiet) io.out(`${renderPlan(plan, { explain: options.explain === true })}\n`);
  return 0;
}
